/**
 * What storage peers do when they are told to drop: nothing on the word of a server whose metadata is older than what
 * they have seen; and what our own drops comes back when it is asked for. Real processes, spoken to byte by byte.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { partsOf, samplePiece, stored } from './raw-pieces.testing.ts';
import { RawSession } from './raw-session.testing.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const command = (directory: string) => ['peer', 'p1', '--dir', directory, '--server', 'http://127.0.0.1:9'];
const rivulet = (directory: string, ...flags: string[]): ChildProcess =>
  spawn(process.execPath, [pathOf('src/main.js'), ...command(directory), ...flags], { stdio: 'ignore' });
const shell = (directory: string): ChildProcess =>
  spawn(pathOf('scripts/shell-peer'), [directory], { stdio: 'ignore' });

/** A folder for a peer, and the means to run one there after another. */
async function scene(t: TestContext, start: (directory: string) => ChildProcess) {
  const directory = join(await mkdtemp(join(tmpdir(), 'rivulet-dropping-')), 'p1');
  let peer = start(directory);
  const end = async (): Promise<void> => {
    const exited = once(peer, 'exit');
    peer.kill('SIGKILL');
    await exited;
  };
  t.after(async () => {
    await end();
    await rm(join(directory, '..'), { recursive: true });
  });
  const session = async (hello: string) => {
    const opened = await RawSession.open(directory);
    const { verb, keys } = await opened.ask(`HELLO seq=1 version=1${hello}\n`);
    assert.equal(verb, 'OK');
    return { session: opened, keys };
  };
  const restart = async (): Promise<void> => {
    await end();
    peer = start(directory);
  };
  return { directory, session, restart };
}

/** Says that to the peer in a session of its own; the code of the error, or OK. */
async function outcome(session: RawSession, line: string): Promise<string | undefined> {
  const { verb, keys } = await session.ask(line);
  return verb === 'OK' ? 'OK' : keys.code;
}

for (const { name, start } of [
  { name: 'rivulet peer', start: rivulet },
  { name: 'the shell peer', start: shell },
]) {
  test(`${name} drops nothing for a server whose metadata is older than what it has seen`, async (t) => {
    const { directory, session, restart } = await scene(t, start);
    const first = await session(' epoch=12');
    assert.equal(first.keys.epoch, '12');
    const piece = await stored(first.session, samplePiece(1000));
    await first.session.ask(`SYNC file=${piece.file} seq=2\n`);
    await first.session.finish();
    assert.equal(await readFile(join(directory, 'epoch'), 'utf8'), '12\n');

    const old = await session(' epoch=11');
    assert.equal(old.keys.epoch, '12', 'it says what it has seen');
    assert.equal(await outcome(old.session, `DROP_FILE file=${piece.file} seq=2\n`), 'stale');
    assert.equal(await outcome(old.session, `DROP_PART file=${piece.file} part=0 seq=3\n`), 'stale');
    assert.equal(await outcome(old.session, `DROP_FILE file=${'d'.repeat(40)} seq=4\n`), 'stale', 'of others too');
    assert.deepEqual(await partsOf(old.session, piece.file), [0]);
    await stored(old.session, samplePiece(1000));
    await old.session.finish();

    await restart();
    const still = await session(' epoch=11');
    assert.equal(await outcome(still.session, `DROP_FILE file=${piece.file} seq=2\n`), 'stale', 'after a restart');
    await still.session.finish();

    const equal = await session(' epoch=12');
    assert.equal(await outcome(equal.session, `DROP_FILE file=${piece.file} seq=2\n`), 'OK');
    assert.deepEqual(await partsOf(equal.session, piece.file), []);
    await equal.session.finish();
  });

  test(`control: for a server without an epoch ${name} drops, as ever`, async (t) => {
    const { session } = await scene(t, start);
    const first = await session(' epoch=12');
    const piece = await stored(first.session, samplePiece(1000));
    await first.session.finish();
    const old = await session('');
    assert.equal(await outcome(old.session, `DROP_PART file=${piece.file} part=0 seq=2\n`), 'OK');
    assert.equal(await outcome(old.session, `DROP_FILE file=${piece.file} seq=3\n`), 'OK');
    assert.deepEqual(await partsOf(old.session, piece.file), []);
    await old.session.finish();
  });
}

test('within a session the epoch may grow; a damaged note of it is passed over', async (t) => {
  const { directory, session, restart } = await scene(t, rivulet);
  const growing = await session(' epoch=9007199254740990');
  const { keys } = await growing.session.ask('HELLO seq=2 version=1 epoch=9007199254740991\n');
  assert.equal(keys.epoch, '9007199254740991');
  assert.equal(await outcome(growing.session, 'HELLO seq=3 version=1 epoch=9007199254740992\n'), 'bad-request');
  await growing.session.finish();
  await writeFile(join(directory, 'epoch'), 'twelve\n');
  await restart();
  const after = await session(' epoch=1');
  assert.equal(after.keys.epoch, '1');
  await after.session.finish();
});

test('a dropped file comes back when it is asked for, also after kill -9', async (t) => {
  const { session, restart } = await scene(t, rivulet);
  const before = await session('');
  const piece = await stored(before.session, samplePiece(70_000));
  await before.session.ask(`SYNC file=${piece.file} seq=2\n`);
  assert.equal(await outcome(before.session, `DROP_FILE file=${piece.file} seq=3\n`), 'OK');
  assert.deepEqual(await partsOf(before.session, piece.file), []);
  await restart(); // answered is durable
  before.session.vanish();
  const after = await session('');
  assert.equal(after.keys.aside, '1');
  assert.deepEqual((await after.session.ask(`RESTORE_FILE file=${'d'.repeat(40)} seq=2\n`)).keys, {
    seq: '2',
    size: '0',
  });
  const { payload } = await after.session.ask(`RESTORE_FILE file=${piece.file} seq=3\n`);
  assert.equal(payload?.toString(), `file=${piece.file} parts=0\n`);
  const got = await after.session.ask(`GET_PART file=${piece.file} part=0 seq=4\n`);
  assert.ok(got.payload?.equals(piece.bytes));
  assert.equal((await after.session.ask('HELLO seq=5 version=1\n')).keys.aside, undefined);
  await after.session.finish();
});

test('control: with --drop-delay 0 nothing is left to come back', async (t) => {
  const { session } = await scene(t, (directory) => rivulet(directory, '--drop-delay', '0'));
  const only = await session('');
  const piece = await stored(only.session, samplePiece(1000));
  await only.session.ask(`SYNC file=${piece.file} seq=2\n`);
  assert.equal(await outcome(only.session, `DROP_FILE file=${piece.file} seq=3\n`), 'OK');
  assert.equal((await only.session.ask(`RESTORE_FILE file=${piece.file} seq=4\n`)).keys.size, '0');
  await only.session.finish();
});
