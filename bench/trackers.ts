/** The trackers that ours is compared with, and what is asked of all of them. */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Cleanup, freePort, startProcess, temporaryFolder, untilAnswers } from './lib.ts';
import { benchHash, type UdpLoad, type UdpLoadResult } from './udp-load.ts';

export interface BenchTracker {
  /** Of HTTP and of UDP. */
  readonly httpPort: number;
  readonly udpPort: number;
  readonly pid: number;
}

export const swarms = 100;
export const peersPerSwarm = 1000;

/** opentracker (C). Debian's takes only torrents of a list; as root it changes its root to the folder of `-d`. */
export async function startOpentracker(cleanup: Cleanup): Promise<BenchTracker | null> {
  if (spawnSync('which', ['opentracker']).status !== 0) return null;
  const folder = temporaryFolder(cleanup);
  chmodSync(folder, 0o755); // it reads the list as nobody
  const hashes = Array.from({ length: swarms }, (_, index) => benchHash(index).toString('hex'));
  writeFileSync(join(folder, 'list'), `${hashes.join('\n')}\n`);
  const port = await freePort();
  const list = process.getuid?.() === 0 ? 'list' : join(folder, 'list');
  const ports = ['-i', '127.0.0.1', '-p', String(port), '-P', String(port)];
  const child = startProcess(cleanup, 'opentracker', [...ports, '-w', list, '-d', folder]);
  await untilAnswers(`http://127.0.0.1:${port}/`);
  return { httpPort: port, udpPort: port, pid: child.pid as number };
}

/**
 * npm's bittorrent-tracker, fetched into a temporary folder: as a development dependency it would bring eighty packages,
 * some with native parts that its server does not need. Null where the registry cannot be reached.
 */
export async function startBittorrentTracker(cleanup: Cleanup): Promise<BenchTracker | null> {
  const folder = temporaryFolder(cleanup);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', 'bittorrent-tracker@11.2.3'];
  // The newest uint8-util that it would take does not work with it.
  const { error } = await promisify(execFile)('npm', [...install, 'uint8-util@2.2.5'], { cwd: folder }).then(
    () => ({ error: null }),
    (error: unknown) => ({ error }),
  );
  if (error !== null) return null;
  const server = join(folder, 'server.js');
  writeFileSync(
    server,
    `import Server from 'bittorrent-tracker/server';
     const server = new Server({ udp: true, http: true, ws: false, stats: false });
     server.listen(0, { http: '127.0.0.1', udp4: '127.0.0.1', udp6: '::1' }, () =>
       console.log(server.http.address().port, server.udp4.address().port));`,
  );
  const child = startProcess(cleanup, process.execPath, [server]);
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string];
  const [httpPort = 0, udpPort = 0] = line.split(' ').map(Number);
  return { httpPort, udpPort, pid: child.pid as number };
}

const loadProgram = fileURLToPath(new URL('udp-load.ts', import.meta.url));

/** Announces by UDP from a process of its own. */
export async function announceByUdp(load: UdpLoad): Promise<UdpLoadResult> {
  const args = ['--import', 'tsx', loadProgram, JSON.stringify(load)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as UdpLoadResult;
}
