/**
 * Unmodified BitTorrent clients, as their users start them, kept on this machine: each downloads one torrent into a
 * folder, and is ended. What each of them needs to do that on loopback stands beside it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, type Running, startProgram } from '../programs.testing.ts';
import { startRelay } from './relay.testing.ts';

export interface Download {
  /** The path of a `.torrent`, or a magnet link. */
  readonly what: string;
  /** The folder that the file goes into. */
  readonly folder: string;
  /** `host:port` of the wire door: for a client that takes no address of this machine from a tracker. */
  readonly wire: string;
}

export interface Client {
  readonly name: string;
  /** The Debian package. */
  readonly package: string;
  readonly isInstalled: boolean;
  /** Whether magnet links can be tried on loopback. */
  readonly magnets: boolean;
  /** Settles when the client says that it has everything. */
  readonly download: (t: TestContext, download: Download) => Promise<void>;
}

const libtorrentClient = fileURLToPath(new URL('libtorrent_client.py', import.meta.url));
/** Debian's, which has the binding; another Python may come first in PATH. */
export const python = '/usr/bin/python3';

export function isProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** Settles with the code of a program that ends by itself; fails with what it said when that is not 0. */
async function succeeds(running: Running): Promise<void> {
  const code = await running.over();
  if (code !== 0) throw new Error(`exit ${code}:\n${[...running.lines, ...running.errors].slice(-20).join('\n')}`);
}

/** Settles once `name` is in `folder`. */
async function appears(folder: string, name: string, running: Running): Promise<void> {
  const watcher = watch(folder);
  if (existsSync(join(folder, name))) return;
  const gone = running.over().then((code) => {
    throw new Error(`the client ended with ${code}:\n${[...running.lines, ...running.errors].slice(-20).join('\n')}`);
  });
  const there = (async () => {
    for await (const _ of watcher) if (readdirSync(folder).includes(name)) return;
  })();
  await Promise.race([there, gone]);
}

/** Nobody is found but by the tracker, and nobody beyond this machine. */
const aria2Flags = [
  '--no-conf',
  '--enable-dht=false',
  '--enable-dht6=false',
  '--bt-enable-lpd=false',
  '--enable-peer-exchange=false',
  '--disable-ipv6=true',
  '--interface=127.0.0.1',
  '--summary-interval=0',
];

export const aria2: Client = {
  name: 'aria2',
  package: 'aria2',
  isInstalled: isProgram('aria2c'),
  magnets: true,
  async download(t, { what, folder }) {
    const flags = [
      ...aria2Flags,
      `--listen-port=${await freePort()}`,
      '--seed-time=0',
      '--follow-torrent=mem',
      '--file-allocation=none',
      `--dir=${folder}`,
    ];
    await succeeds(startProgram(t, 'aria2c', [...flags, what]));
  },
};

export const libtorrent: Client = {
  name: 'libtorrent',
  package: 'python3-libtorrent',
  isInstalled: spawnSync(python, ['-c', 'import libtorrent']).status === 0,
  magnets: true,
  async download(t, { what, folder }) {
    await startProgram(t, python, [libtorrentClient, 'get', what, folder]).line(/^\{"seconds"/);
  },
};

/** A client that has everything. */
export interface Seeder extends Running {
  /** The port on which the client listens, on 127.0.0.1. */
  readonly port: number;
}

/** Seeds the file of `torrent` in `folder`, until the test is over or it is ended. */
export async function startLibtorrentSeeder(t: TestContext, torrent: string, folder: string): Promise<Seeder> {
  const seeder = startProgram(t, python, [libtorrentClient, 'seed', torrent, folder]);
  const [, port] = await seeder.line(/^\{"port": (\d+)\}$/);
  return Object.assign(seeder, { port: Number(port) });
}

/** Seeds a file by aria2. */
export async function startAria2Seeder(t: TestContext, torrent: string, folder: string): Promise<Seeder> {
  const flags = ['-V', '--check-integrity=true', '--seed-ratio=0.0', `--dir=${folder}`];
  const port = await freePort();
  const seeder = startProgram(t, 'aria2c', [...aria2Flags, ...flags, `--listen-port=${port}`, torrent]);
  await seeder.line(/listening on TCP port/);
  return Object.assign(seeder, { port });
}

/** A client that has some of the file, in `folder`, and asks for the rest; it writes what comes at once. */
export async function startAria2Leecher(t: TestContext, torrent: string, folder: string): Promise<Seeder> {
  const flags = ['-V', '--check-integrity=true', '--file-allocation=none', '--disk-cache=0', `--dir=${folder}`];
  const port = await freePort();
  return Object.assign(startProgram(t, 'aria2c', [...aria2Flags, ...flags, `--listen-port=${port}`, torrent]), {
    port,
  });
}

/** Settings for loopback in a new home, whose path is answered. */
function transmissionHome(folder: string): string {
  const home = `${folder}.transmission`;
  mkdirSync(home);
  const off = ['dht-enabled', 'lpd-enabled', 'pex-enabled', 'utp-enabled', 'port-forwarding-enabled'];
  const settings = { encryption: 0, 'bind-address-ipv4': '127.0.0.1', 'bind-address-ipv6': '::1' };
  const all = { ...settings, ...Object.fromEntries(off.map((key) => [key, false])) };
  writeFileSync(join(home, 'settings.json'), JSON.stringify(all));
  return home;
}

/** Seeds a file by transmission. */
export async function startTransmissionSeeder(t: TestContext, torrent: string, folder: string): Promise<Seeder> {
  const port = await freePort();
  const args = ['-g', transmissionHome(folder), '-w', folder, '-p', String(port), '-M', '-et', '-v', torrent];
  return Object.assign(startProgram(t, 'transmission-cli', args), { port });
}

/**
 * It refuses addresses of this machine from trackers, so a relay joins it to the wire door; and takes ten seconds to
 * make up its mind.
 */
export const transmission: Client = {
  name: 'transmission',
  package: 'transmission-cli',
  isInstalled: isProgram('transmission-cli'),
  magnets: false,
  async download(t, { what, folder, wire }) {
    const home = transmissionHome(folder);
    writeFileSync(join(home, 'finished'), `#!/bin/sh\ntouch "${home}/complete"\n`, { mode: 0o755 });
    const port = await freePort();
    const args = ['-g', home, '-w', folder, '-p', String(port), '-M', '-et', '-f', join(home, 'finished'), what];
    const client = startProgram(t, 'transmission-cli', args);
    startRelay(t, { client: `127.0.0.1:${port}`, seeder: wire, torrent: what });
    await appears(home, 'complete', client);
  },
};

/** An address of its own for transmission, which tells peers apart by their address alone. */
const rtorrent: Client = {
  name: 'rtorrent',
  package: 'rtorrent',
  isInstalled: isProgram('rtorrent'),
  magnets: false,
  async download(t, { what, folder }) {
    const home = `${folder}.rtorrent`;
    mkdirSync(join(home, 'session'), { recursive: true });
    const port = await freePort();
    const lines = [
      'system.daemon.set = true',
      `directory.default.set = ${folder}`,
      `session.path.set = ${home}/session`,
      'network.bind_address.set = 127.0.0.3',
      `network.port_range.set = ${port}-${port}`,
      'dht.mode.set = disable',
      'protocol.pex.set = no',
      'trackers.use_udp.set = yes',
      `method.set_key = event.download.finished,done,"execute={touch,${home}/complete}"`,
      `load.start = ${what}`,
    ];
    writeFileSync(join(home, 'rc'), `${lines.join('\n')}\n`);
    const client = startProgram(t, 'rtorrent', ['-n', '-o', `import=${home}/rc`]);
    await appears(home, 'complete', client);
  },
};

export const clients: readonly Client[] = [aria2, libtorrent, transmission, rtorrent];

/** Why the tests of a program are left out, or false. In CI they are not left out, but fail. */
export function skipWithout({
  name,
  package: debianPackage,
  isInstalled,
}: Pick<Client, 'name' | 'package' | 'isInstalled'>): string | false {
  if (isInstalled || process.env.CI === 'true') return false;
  const reason = `SKIPPED: there is no ${name} (Debian: apt-get install ${debianPackage})`;
  console.error(`\n*** ${reason} ***\n`);
  return reason;
}
