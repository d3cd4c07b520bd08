/**
 * Pieces over FIFOs, from and to the process of a storage peer, beside two `cat` with a bare FIFO between them: how
 * much of what the kernel can move is left after the protocol, two event loops and (for what is stored) SHA-1 and the
 * disk.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PeerId, TorrentId } from '../src/bytes/ids.ts';
import type { PieceToStore } from '../src/bytes/pieces.ts';
import { silentLog } from '../src/io/log.ts';
import { type FifoHolder, openFifoHolder } from '../src/storage/fifo/fifo-holder.ts';
import { Cleanup, compare, main, type Row, runDirectly, startProcess, temporaryFolder } from './lib.ts';

const pieceBytes = 256 * 1024;
/** Small enough to stay in the page cache of any machine: the disk is not what is measured. */
const pieceCount = 256;
const repeats = 16;
const totalGigabytes = (pieceBytes * pieceCount * repeats) / 1e9;
/** As many as a download has under way: its window is 4 MiB. */
const atOnce = 16;
const file = 'f'.repeat(40) as TorrentId;

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const folder = temporaryFolder(cleanup);
    const bytes = randomFillSync(Buffer.allocUnsafe(pieceBytes * pieceCount));
    const path = join(folder, 'file.bin');
    writeFileSync(path, bytes);
    const pieces = cut(bytes);
    const holder = await startPeer(cleanup, join(folder, 'p1'));
    await storeAll(holder, pieces);
    const beside = 'beside cat to cat';
    const bare = () => timed(() => catThroughFifo(join(folder, 'bare'), path));
    return [
      await compare(
        { name: `pieces from a peer, ${beside}`, unit: 'GB/s', target: '>= 0.3' },
        7,
        () => timed(() => readAll(holder)),
        bare,
      ),
      await compare(
        { name: `pieces to a peer (hashed there, not synced), ${beside}`, unit: 'GB/s', target: '>= 0.1' },
        5,
        () => timed(() => storeAgain(holder, pieces)),
        bare,
      ),
    ];
  } finally {
    await cleanup.run();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return totalGigabytes / ((performance.now() - began) / 1000);
}

function cut(bytes: Buffer): PieceToStore[] {
  return Array.from({ length: pieceCount }, (_, pieceIndex) => {
    const offset = pieceIndex * pieceBytes;
    const piece = bytes.subarray(offset, offset + pieceBytes);
    return { pieceIndex, offset, sha1: createHash('sha1').update(piece).digest('hex'), bytes: piece };
  });
}

async function readAll(holder: FifoHolder): Promise<void> {
  await inParallel(async (lane) => {
    const into = Buffer.allocUnsafeSlow(pieceBytes);
    for (let index = lane; index < pieceCount * repeats; index += atOnce) {
      await holder.getPiece(file, index % pieceCount, into);
    }
  });
}

async function storeAll(holder: FifoHolder, pieces: readonly PieceToStore[]): Promise<void> {
  const left = pieces[Symbol.iterator]();
  await inParallel(async () => {
    for (const piece of left) await holder.storePiece(file, piece);
  });
}

/** A peer does not write a piece that it has, so the file is dropped before each round. */
async function storeAgain(holder: FifoHolder, pieces: readonly PieceToStore[]): Promise<void> {
  for (let round = 0; round < repeats; round += 1) {
    await holder.drop(file);
    await storeAll(holder, pieces);
  }
}

async function inParallel(work: (lane: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: atOnce }, (_, lane) => work(lane)));
}

async function catThroughFifo(fifo: string, path: string): Promise<void> {
  execFileSync('rm', ['-f', fifo]);
  execFileSync('mkfifo', [fifo]);
  const names = Array<string>(repeats).fill(path);
  const from = spawn('sh', ['-c', 'cat "$@" >"$0"', fifo, ...names], { stdio: 'ignore' });
  const to = spawn('sh', ['-c', 'cat <"$0" >/dev/null', fifo], { stdio: 'ignore' });
  await Promise.all([once(from, 'exit'), once(to, 'exit')]);
}

/** A peer process, and our end of a session with it. */
async function startPeer(cleanup: Cleanup, directory: string): Promise<FifoHolder> {
  execFileSync(fileURLToPath(new URL('../scripts/build', import.meta.url)));
  const welcome = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1'); // registers anyone
  await once(welcome, 'listening');
  const server = `http://127.0.0.1:${(welcome.address() as AddressInfo).port}`;
  const peer = startProcess(cleanup, process.execPath, [main, 'peer', 'p1', '--dir', directory, '--server', server]);
  for await (const line of createInterface({ input: peer.stdout as NodeJS.ReadableStream })) {
    if (line === 'ready') break;
  }
  welcome.close();
  const holder = await openFifoHolder({ id: 'p1' as PeerId, directory, log: silentLog, random: Math.random });
  cleanup.add(() => holder.close());
  return holder;
}

await runDirectly(import.meta.url, run);
