/** Downloads from mini-servers that break their word in every way. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { DownloadFailure, download } from './download.ts';
import { findRemains } from './partial-file.ts';

const content = Buffer.from('some bytes of a file, not many');
const sha256 = createHash('sha256').update(content).digest('hex');
const head = `OK ${content.length} ${sha256}\n`;

/** A mini-server that gives `answer` to each request, with its number from 0 on. */
async function scene(t: TestContext, answer: (socket: Socket, request: string, number: number) => void) {
  const folder = tempFolder(t);
  const requests: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      requests.push(bytes.toString().trimEnd());
      answer(socket, bytes.toString(), requests.length - 1);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const target = join(folder, 'file.bin');
  const stop = new AbortController();
  let progress = '';
  const fetch = (options: { overwrite?: boolean } = {}) =>
    download({
      endpoint: { address: '127.0.0.1', port: (server.address() as AddressInfo).port },
      path: '/there/file.bin',
      target,
      overwrite: false,
      signal: stop.signal,
      onBegin: (size, before) => (progress = `${before} of ${size}`),
      onBytes: () => {},
      ...options,
    });
  const part = (pid: number | string, sha = sha256) => join(folder, `.file.bin.${sha}.${pid}.part`);
  return { folder, target, fetch, requests, stop, part, progress: () => progress };
}

const failsWith = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DownloadFailure, String(error));
  assert.match(error.message, message);
  return true;
};

/** The pid of no process: larger than the pids of Linux. */
const deadPid = 4_194_305;

test('a file comes, and nothing else is there then', async (t) => {
  const { folder, target, fetch, progress } = await scene(t, (socket) => {
    socket.write(head.slice(0, 10));
    socket.write(head.slice(10));
    socket.end(content);
  });
  assert.deepEqual(await fetch(), { size: content.length, sha256 });
  assert.deepEqual(readFileSync(target), content);
  assert.deepEqual(readdirSync(folder), ['file.bin']);
  assert.equal(progress(), '0 of 30');
});

const lies: { fault: string; answer: string | Buffer; says: RegExp; keeps?: boolean }[] = [
  { fault: 'nothing', answer: '', says: /closed the connection/ },
  { fault: 'a refusal', answer: 'ERR not-registered no\n', says: /^no$/ },
  { fault: 'what is no head', answer: 'hello\n', says: /expected OK SIZE SHA256/ },
  { fault: 'a line without an end', answer: 'x'.repeat(10_000), says: /no line, but a flood/ },
  { fault: 'too few bytes', answer: `${head}some`, says: /broke off at byte 4 of 30/, keeps: true },
  { fault: 'too many bytes', answer: `${head}${content}!`, says: /SHA-256 differs/ },
  { fault: 'other bytes', answer: `${head}${'x'.repeat(content.length)}`, says: /SHA-256 differs/ },
];
for (const { fault, answer, says, keeps = false } of lies) {
  test(`a mini-server that gives ${fault}: no file`, async (t) => {
    const { folder, target, fetch } = await scene(t, (socket) => socket.end(answer));
    await assert.rejects(fetch(), failsWith(says));
    assert.ok(!existsSync(target));
    assert.equal(readdirSync(folder).length, keeps ? 1 : 0);
  });
}

test('nobody there: no file', async (t) => {
  const { fetch, folder } = await scene(t, (socket) => socket.resetAndDestroy());
  await assert.rejects(fetch(), failsWith(/127\.0\.0\.1:\d+ gives nothing/));
  assert.deepEqual(readdirSync(folder), []);
});

test('what a killed process left is not fetched again', async (t) => {
  const { folder, target, fetch, requests, part, progress } = await scene(t, (socket) => {
    socket.end(head + content.subarray(10));
  });
  writeFileSync(part(deadPid), content.subarray(0, 10));
  await fetch();
  assert.deepEqual(requests, ['download /there/file.bin 10']);
  assert.equal(progress(), '10 of 30');
  assert.deepEqual(readFileSync(target), content);
  assert.deepEqual(readdirSync(folder), ['file.bin']);
});

test('what was left whole only needs its name', async (t) => {
  const { target, fetch, part } = await scene(t, (socket) => socket.end(head));
  writeFileSync(part(deadPid), content);
  await fetch();
  assert.deepEqual(readFileSync(target), content);
});

test('what a living process writes to is left alone', async (t) => {
  const { folder, fetch, requests, part } = await scene(t, (socket) => socket.end(head + content));
  writeFileSync(part(process.ppid), content.subarray(0, 10));
  await fetch();
  assert.deepEqual(requests, ['download /there/file.bin']);
  assert.equal(readdirSync(folder).length, 2);
});

for (const [how, answer] of [
  ['is another by now', head],
  ['became shorter', 'ERR bad-offset the file has 30 bytes\n'],
] as const) {
  test(`the file ${how}: what was left of the old one is dropped`, async (t) => {
    const { folder, target, fetch, requests, part } = await scene(t, (socket, _, number) => {
      socket.end(number === 0 ? answer : head + content);
    });
    writeFileSync(part(deadPid, 'a'.repeat(64)), Buffer.alloc(99));
    await fetch();
    assert.deepEqual(requests, ['download /there/file.bin 99', 'download /there/file.bin']);
    assert.deepEqual(readFileSync(target), content);
    assert.deepEqual(readdirSync(folder), ['file.bin']);
  });
}

test('a beginning that was damaged on the disk is found out, and not kept', async (t) => {
  const { folder, fetch, part } = await scene(t, (socket) => socket.end(head + content.subarray(10)));
  writeFileSync(part(deadPid), 'x'.repeat(10));
  await assert.rejects(fetch(), failsWith(/SHA-256 differs/));
  assert.deepEqual(readdirSync(folder), []);
});

test('a file that appears meanwhile is not replaced, unless it is wanted', async (t) => {
  let target = '';
  const made = await scene(t, (socket, request) => {
    writeFileSync(target, 'mine');
    socket.end(request.endsWith(' 30\n') ? head : head + content);
  });
  target = made.target;
  await assert.rejects(made.fetch(), { code: 'EEXIST' });
  assert.equal(readFileSync(target, 'utf8'), 'mine');
  await made.fetch({ overwrite: true });
  assert.deepEqual(readFileSync(target), content);
});

test('an interruption leaves what has come', async (t) => {
  const { target, fetch, stop } = await scene(t, (socket) => socket.write(`${head}some`));
  const fetching = fetch();
  while (((await findRemains(target))?.size ?? 0) < 4) await new Promise(setImmediate);
  stop.abort();
  await assert.rejects(fetching, failsWith(/broke off at byte 4/));
  assert.equal((await findRemains(target))?.size, 4);
});

test('a name as long as a name may be', async (t) => {
  const { folder, target, part } = await scene(t, () => {});
  const long = join(folder, 'ä'.repeat(127));
  assert.equal(await findRemains(long), undefined);
  writeFileSync(join(folder, `.${'ä'.repeat(60)}.${sha256}.${deadPid}.part`), 'x');
  assert.equal((await findRemains(long))?.size, 1);
  writeFileSync(part('x'), 'no part of ours');
  assert.equal(await findRemains(target), undefined);
});
