/** `rivulet verify` with real processes: bits turned on the disks of peers are found, named, and turned back. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import type { PeersView, UploadView } from '../../src/protocols/api/types.ts';
import type { VerifyFindingView, VerifyLine } from '../../src/protocols/api/verify-types.ts';
import {
  curl,
  curlJson,
  curlStatus,
  rivulet,
  run,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startServer,
} from '../programs.testing.ts';

const pieceLength = 65_536;
const bytes = someBytes(20 * pieceLength - 1000);

/** A server with that many peers, and a file on them. */
async function serverWithFile(t: TestContext, peers: number, config: object = {}) {
  const server = await startServer(t, serverRoot(t, { scrub_days: 0, ...config }));
  const ids = Array.from({ length: peers }, (_, index) => `p${index + 1}`);
  const processes = await Promise.all(ids.map((id) => startPeer(t, server, id)));
  const id = await upload(server, bytes);
  return { server, processes, id };
}

async function upload({ root, url }: ServerProcess, content: Uint8Array, name = 'plan.iso'): Promise<string> {
  const path = join(root, 'upload');
  writeFileSync(path, content);
  return (await curlJson<UploadView>('-T', path, `${url}/upload/${name}`)).id;
}

const verify = ({ url }: ServerProcess, ...args: string[]) => run(rivulet, ['verify', ...args, '--server', url]);

const dataFile = ({ root }: ServerProcess, peer: string, id: string): string => join(root, 'peers', peer, `${id}.data`);

/** Turns one bit in the middle of each of the pieces. */
async function flipBits(path: string, parts: readonly number[]): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  for (const part of parts) {
    const position = part * pieceLength + 100;
    await file.read(byte, 0, 1, position);
    byte.writeUInt8(byte.readUInt8(0) ^ 0x10);
    await file.write(byte, 0, 1, position);
  }
  await file.close();
}

const findings = (stdout: Buffer): VerifyFindingView[] =>
  stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as VerifyLine)
    .filter((line): line is VerifyFindingView => 'part' in line);

test('bits turned on two peers are named, and turned back from the other copies', async (t) => {
  const { server, id } = await serverWithFile(t, 2);
  await flipBits(dataFile(server, 'p1', id), [0, 7, 19]);
  await flipBits(dataFile(server, 'p2', id), [3]);
  const { code, stdout } = await verify(server, '--peers', '--json');
  const told = findings(stdout).map(({ peer, part, problem, healed }) => `${peer} ${part} ${problem} ${healed}`);
  const expected = ['p1 0', 'p1 19', 'p1 7', 'p2 3'].flatMap((copy) => [
    `${copy} corrupt true`,
    `${copy} corrupt undefined`,
  ]);
  assert.deepEqual(told.sort(), expected);
  assert.equal(code, 0);
  for (const peer of ['p1', 'p2'])
    assert.ok(readFileSync(dataFile(server, peer, id)).equals(bytes), `${peer} is right`);

  const again = await verify(server, '--peers');
  assert.equal(again.code, 0);
  assert.match(again.stdout.toString(), /^2 peers, 1 file, 40 copies, 2\.5 MiB verified in .* s: nothing bad\n$/);
  const { peers } = await curlJson<PeersView>(`${server.url}/peers`);
  assert.ok(peers.every(({ verified }) => Date.now() - Date.parse(verified ?? '') < 60_000));
  const metrics = (await curl(`${server.url}/metrics`)).stdout.toString();
  assert.ok(Number(/^rivulet_scrubbed_pieces_total (\d+)$/m.exec(metrics)?.[1]) >= 80);
});

test('without a second copy: the piece is named, nothing is pretended, and again the next time', async (t) => {
  const { server, id } = await serverWithFile(t, 1);
  await flipBits(dataFile(server, 'p1', id), [5]);
  const { code, stdout } = await verify(server, '--peers');
  assert.equal(code, 1);
  assert.match(stdout.toString(), new RegExp(`^lost {5}p1 {2}corrupt {2}piece 5 of plan\\.iso \\(${id}\\): .*`, 'm'));
  const again = await verify(server, '--peers');
  assert.equal(again.code, 1);
  assert.match(again.stdout.toString(), new RegExp(`^lost {5}- {2}missing {2}pieces 5 of plan\\.iso \\(${id}\\)`, 'm'));
});

test('the data file of a peer is gone: all of it is put back', async (t) => {
  const { server, processes, id } = await serverWithFile(t, 2);
  writeFileSync(dataFile(server, 'p1', id), '');
  const { code, stdout } = await verify(server, '--peers', '--json');
  assert.equal(new Set(findings(stdout).map(({ part }) => part)).size, 20);
  assert.equal(code, 0);
  await processes[1]?.end('SIGKILL');
  const alone = await curl('-f', `${server.url}/download?file=${id}`);
  assert.ok(alone.stdout.equals(bytes));
});

test('a peer that is killed meanwhile is told; what the other has is verified', async (t) => {
  const { server, processes } = await serverWithFile(t, 2);
  processes[0]?.child.kill('SIGSTOP');
  const verifying = verify(server, '--peers', '--json');
  const log = (): string => readFileSync(join(server.root, 'server.log'), 'utf8');
  const metrics = async (): Promise<number> =>
    Number(/^rivulet_scrubbed_pieces_total (\d+)$/m.exec((await curl(`${server.url}/metrics`)).stdout.toString())?.[1]);
  while ((await metrics()) < 20) await breath();
  await processes[0]?.end('SIGKILL');
  const { code, stdout } = await verifying;
  assert.equal(code, 1, log());
  assert.match(stdout.toString(), /^\{"peer":"p1","problem":"gone",.*"unverified":20\}$/m);
});

test('nobody asks: the scrub finds a bad copy by itself, and it is turned back', async (t) => {
  const { server, id } = await serverWithFile(t, 2, { scrub_days: 1 });
  await server.end();
  await flipBits(
    dataFile(server, 'p1', id),
    Array.from({ length: 20 }, (_, part) => part),
  );
  await startServer(t, server.root, '--port', new URL(server.url).port);
  const log = (): string => readFileSync(join(server.root, 'server.log'), 'utf8');
  const found = (): string | undefined => /piece (\d+): .*holder=p1 code=corrupt/.exec(log())?.[1];
  while (found() === undefined) await breath();
  const piece = (content: Buffer): Buffer => content.subarray(Number(found()) * pieceLength).subarray(0, pieceLength);
  while (!piece(readFileSync(dataFile(server, 'p1', id))).equals(piece(bytes))) await breath();
});

test('unknown peers and files, and foreign pages, are refused', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const status = (...args: string[]) => curlStatus('-X', 'POST', ...args);
  assert.equal(await status(`${server.url}/verify_peers?peer=p9`), 404);
  assert.equal(await status(`${server.url}/verify_peers?file=${'f'.repeat(40)}`), 404);
  assert.equal(await status('-H', 'Origin: http://evil.example', `${server.url}/verify_peers`), 403);
  assert.equal(await curlStatus(`${server.url}/verify_peers`), 405);
  assert.equal(await status(`${server.url}/verify_peers`), 200);
});

test('verify downloads every file, and names the one that is not as listed', async (t) => {
  const { server, id } = await serverWithFile(t, 1);
  await upload(server, someBytes(1000, 'other'), 'other.bin');
  const well = await verify(server);
  assert.deepEqual([well.code, well.stdout.toString()], [0, '2 files, 1.3 MiB: all as listed\n']);
  await flipBits(dataFile(server, 'p1', id), [5]);
  const { code, stdout } = await verify(server);
  assert.equal(code, 1);
  assert.match(
    stdout.toString(),
    new RegExp(`^bad {2}plan\\.iso \\(${id}\\): .*\n2 files, 1000 B: 1 NOT as listed\n$`),
  );
  assert.equal((await verify(server, 'other.bin')).code, 0);
  rmSync(join(server.root, 'upload'));
});

test('no server: 69', async () => {
  const { code } = await run(rivulet, ['verify', '--peers', '--server', 'http://127.0.0.1:1']);
  assert.equal(code, 69);
});
