/**
 * What every storage peer must do, whoever wrote it in whichever language: a suite that starts one as a process and
 * speaks to it over real FIFOs, byte by byte as docs/protocols/ipc.md says. Nothing of `src/protocols` is used.
 *
 *     peerConformance('the shell peer', (directory) => spawn('scripts/shell-peer', [directory]), { ... });
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import { type Piece, partsOf, samplePiece, sha1Of, stored, storeLine } from './raw-pieces.testing.ts';
import { RawSession } from './raw-session.testing.ts';

export interface PeerTraits {
  /** It works on several requests at once, so that a short one does not wait behind a long transfer. */
  readonly answersAtOnce: boolean;
}

/** Starts a peer whose id is the last part of `directory`. It need not be registered anywhere. */
export type StartPeer = (directory: string) => ChildProcess;

export function peerConformance(name: string, start: StartPeer, traits: PeerTraits): void {
  describe(name, () => {
    let directory: string;
    let peer: ChildProcess;

    before(async () => {
      directory = join(await mkdtemp(join(tmpdir(), 'rivulet-conformance-')), 'p1');
      peer = start(directory);
    });

    after(async () => {
      if (peer.exitCode === null && peer.signalCode === null) {
        peer.kill('SIGKILL');
        await once(peer, 'exit');
      }
      await rm(join(directory, '..'), { recursive: true });
    });

    /** A rule, checked in a session of its own. */
    const rule = (text: string, check: (session: RawSession) => Promise<void>) =>
      test(text, async () => {
        const session = await RawSession.open(directory);
        try {
          await check(session);
          await session.finish();
        } finally {
          session.vanish(); // where the check failed: the next one begins anew all the same
        }
      });

    rule('HELLO says who it is, the version, and how much it can take', async (session) => {
      const { verb, keys } = await session.ask('HELLO seq=1 version=1\n');
      assert.equal(verb, 'OK');
      assert.deepEqual([keys.seq, keys.peer, keys.version], ['1', 'p1', '1']);
      assert.match(keys.free ?? '', /^\d+$/);
    });

    for (const size of [1, 4095, 4096, 4097, 65535, 65536, 65537, 262144, 1048576, 16 * 1024 * 1024]) {
      rule(`a piece of ${size} bytes comes back as it was stored`, async (session) => {
        const { file, part, bytes } = await stored(session, samplePiece(size));
        const { verb, keys, payload } = await session.ask(`GET_PART file=${file} part=${part} seq=2\n`);
        assert.deepEqual([verb, keys.seq, keys.size], ['OK', '2', String(size)]);
        assert.ok(payload?.equals(bytes), 'the bytes differ');
      });
    }

    rule('a seq comes back as it was sent', async (session) => {
      for (const seq of ['0', '1', '9007199254740993', '18446744073709551615']) {
        assert.equal((await session.ask(`PING seq=${seq}\n`)).keys.seq, seq);
        assert.equal((await session.ask(`FETCH seq=${seq}\n`)).keys.seq, seq, 'of an ERR too');
      }
    });

    rule('without seq, replies come without it, in the order of the requests', async (session) => {
      const { file, bytes } = await stored(session, samplePiece(500_000));
      await session.send(`GET_PART file=${file} part=0\nPING\nLIST_PARTS file=${file}\nFETCH\nHELLO version=1\n`);
      const replies = [];
      for (let count = 0; count < 5; count += 1) replies.push(await session.reply());
      assert.deepEqual(
        replies.map(({ verb, keys }) => verb + (keys.seq ?? '')),
        ['OK', 'OK', 'OK', 'ERR', 'OK'],
      );
      assert.ok(replies[0]?.payload?.equals(bytes));
      assert.equal(replies[4]?.keys.peer, 'p1');
    });

    rule('keys that it does not know are ignored', async (session) => {
      assert.equal((await session.ask('PING mood=good seq=1 x=%20\n')).verb, 'OK');
    });

    rule('a payload that nobody asked for is skipped', async (session) => {
      assert.deepEqual((await session.ask('PING seq=1 size=12\n', Buffer.from('PING seq=2\n\n'))).keys, { seq: '1' });
      assert.deepEqual((await session.ask('PING seq=3\n')).keys, { seq: '3' });
    });

    const file = 'd'.repeat(40);
    const sha1 = sha1Of(Buffer.from('x'));
    const badRequests = [
      { fault: 'an unknown verb', line: 'FETCH seq=1' },
      { fault: 'a verb in lower case', line: 'ping seq=1' },
      { fault: 'no version', line: 'HELLO seq=1' },
      { fault: 'no part', line: `GET_PART file=${file} seq=1` },
      { fault: 'no file', line: 'GET_PART part=0 seq=1' },
      { fault: 'no size', line: `STORE_PART file=${file} part=0 offset=0 sha1=${sha1} seq=1` },
      { fault: 'no file to sync', line: 'SYNC seq=1' },
      { fault: 'no file to drop', line: 'DROP_FILE seq=1' },
      { fault: 'no part to drop', line: `DROP_PART file=${file} seq=1` },
      { fault: 'no file to drop a part of', line: 'DROP_PART part=0 seq=1' },
      { fault: 'a path as a part to drop', line: `DROP_PART file=${file} part=../0 seq=1` },
      { fault: 'no part to verify', line: `VERIFY_PART file=${file} sha1=${sha1} seq=1` },
      { fault: 'no hash to verify', line: `VERIFY_PART file=${file} part=0 seq=1` },
      { fault: 'a path as file', line: 'DROP_FILE file=../../../etc seq=1' },
      { fault: 'a path that is as long as an id', line: `DROP_FILE file=${'../'.repeat(13)}. seq=1` },
      { fault: 'an id that is too short', line: `SYNC file=${'d'.repeat(39)} seq=1` },
      { fault: 'a negative part', line: `GET_PART file=${file} part=-1 seq=1` },
      { fault: 'a part that is no number', line: `GET_PART file=${file} part=1/../1 seq=1` },
      { fault: 'no hash, and a payload', line: `STORE_PART file=${file} part=0 offset=0 size=1 seq=1`, payload: 'x' },
      {
        fault: 'no offset, and a payload',
        line: `STORE_PART file=${file} part=0 sha1=${sha1} size=1 seq=1`,
        payload: 'x',
      },
      { fault: 'an unknown verb, and a payload', line: 'FETCH size=5 seq=1', payload: 'PING\n' },
    ];
    for (const { fault, line, payload } of badRequests) {
      rule(`a request with ${fault} is answered with ERR bad-request, and the session goes on`, async (session) => {
        const { verb, keys } = await session.ask(`${line}\n`, payload === undefined ? undefined : Buffer.from(payload));
        assert.deepEqual([verb, keys.seq, keys.code], ['ERR', '1', 'bad-request']);
        assert.deepEqual((await session.ask('PING seq=2\n')).keys, { seq: '2' });
        assert.deepEqual(await partsOf(session, file), [], 'and nothing was stored');
      });
    }

    for (const garbage of ['', '   ', 'what is this?', '\x00\x01\x7f\x80\xff', 'PING seq=1\r', 'x'.repeat(4000)]) {
      rule(
        `garbage (${JSON.stringify(garbage).slice(0, 30)}) is answered with ERR, and the session goes on`,
        async (session) => {
          assert.equal((await session.ask(`${garbage}\n`)).keys.code, 'bad-request');
          assert.deepEqual((await session.ask('PING seq=2\n')).keys, { seq: '2' });
        },
      );
    }

    for (const [fault, line] of [
      ['a size that is no number', `STORE_PART file=${file} part=0 offset=0 sha1=${sha1} size=1k seq=1\n`],
      ['a size beyond the limit', `STORE_PART file=${file} part=0 offset=0 sha1=${sha1} size=16777217 seq=1\n`],
      ['a line that is too long', `PING seq=1 pad=${'x'.repeat(4096)}\n`],
    ] as const) {
      test(`after ${fault} nobody knows where the next line begins: ERR, and the session ends`, async () => {
        const session = await RawSession.open(directory);
        assert.equal((await session.ask(line)).keys.code, 'bad-request');
        await session.ended();
        session.vanish();
      });
    }

    rule('a piece that does not hash is corrupt, and not kept', async (session) => {
      const piece = samplePiece(70_000);
      const { verb, keys } = await session.ask(storeLine(piece), Buffer.from(piece.bytes).fill(7, 69_999));
      assert.deepEqual([verb, keys.code], ['ERR', 'corrupt']);
      assert.equal((await session.ask(`GET_PART file=${piece.file} part=0 seq=1\n`)).keys.code, 'not-found');
      assert.deepEqual(await partsOf(session, piece.file), []);
    });

    rule('what it does not have is not-found', async (session) => {
      const piece = await stored(session, samplePiece(10));
      assert.equal((await session.ask(`GET_PART file=${piece.file} part=1 seq=1\n`)).keys.code, 'not-found');
      assert.equal((await session.ask(`GET_PART file=${file} part=0 seq=1\n`)).keys.code, 'not-found');
    });

    rule('LIST_PARTS names every file, or the one that was asked for', async (session) => {
      const one = samplePiece(100);
      const other = await stored(session, samplePiece(100));
      for (const part of [11, 0, 2, 1, 9]) await stored(session, { ...one, part });
      assert.deepEqual(await partsOf(session, one.file), [0, 1, 2, 9, 11]);
      assert.deepEqual(await partsOf(session, other.file), [0]);
      const all = await session.ask('LIST_PARTS seq=1\n');
      const files = [...(all.payload?.toString().matchAll(/^file=([0-9a-f]{40}) parts=/gm) ?? [])].map(([, id]) => id);
      assert.ok(files.includes(one.file) && files.includes(other.file));
      assert.equal(new Set(files).size, files.length, 'each once');
      assert.deepEqual((await session.ask(`LIST_PARTS file=${file} seq=1\n`)).keys, { seq: '1', size: '0' });
    });

    rule('storing a piece again is no error', async (session) => {
      const piece = await stored(session, samplePiece(1000));
      await stored(session, piece);
      assert.deepEqual(await partsOf(session, piece.file), [0]);
    });

    rule('SYNC answers, for unknown files too', async (session) => {
      const piece = await stored(session, samplePiece(1000));
      assert.deepEqual((await session.ask(`SYNC file=${piece.file} seq=1\n`)).keys, { seq: '1' });
      assert.equal((await session.ask(`SYNC file=${file} seq=2\n`)).verb, 'OK');
    });

    rule('DROP_FILE forgets that file alone, and answers for unknown ones too', async (session) => {
      const gone = await stored(session, samplePiece(1000));
      const kept = await stored(session, samplePiece(1000));
      assert.deepEqual((await session.ask(`DROP_FILE file=${gone.file} seq=1\n`)).keys, { seq: '1' });
      assert.equal((await session.ask(`GET_PART file=${gone.file} part=0 seq=1\n`)).keys.code, 'not-found');
      assert.deepEqual(await partsOf(session, gone.file), []);
      assert.deepEqual(await partsOf(session, kept.file), [0]);
      assert.equal((await session.ask(`DROP_FILE file=${file} seq=2\n`)).verb, 'OK');
      await stored(session, gone);
    });

    rule('DROP_PART gives up that piece alone, and answers for unknown ones too', async (session) => {
      const gone = await stored(session, samplePiece(5000));
      const kept = await stored(session, { ...gone, part: 1 });
      assert.deepEqual((await session.ask(`DROP_PART file=${gone.file} part=0 seq=1\n`)).keys, { seq: '1' });
      assert.equal((await session.ask(`SYNC file=${gone.file} seq=2\n`)).verb, 'OK');
      assert.equal((await session.ask(`GET_PART file=${gone.file} part=0 seq=3\n`)).keys.code, 'not-found');
      assert.deepEqual(await partsOf(session, gone.file), [1]);
      assert.ok((await session.ask(`GET_PART file=${kept.file} part=1 seq=4\n`)).payload?.equals(kept.bytes));
      assert.equal((await session.ask(`DROP_PART file=${gone.file} part=0 seq=5\n`)).verb, 'OK', 'again');
      assert.equal((await session.ask(`DROP_PART file=${file} part=0 seq=6\n`)).verb, 'OK', 'of an unknown file');
      await stored(session, gone);
      assert.deepEqual(await partsOf(session, gone.file), [0, 1]);
    });

    rule('a file whose last piece is dropped is not listed', async (session) => {
      const piece = await stored(session, samplePiece(1000));
      await session.ask(`DROP_PART file=${piece.file} part=0 seq=1\n`);
      assert.equal((await session.ask(`LIST_PARTS file=${piece.file} seq=2\n`)).keys.size, '0');
      await session.ask(`SYNC file=${piece.file} seq=3\n`);
      assert.equal((await session.ask(`LIST_PARTS file=${piece.file} seq=4\n`)).keys.size, '0');
    });

    rule('VERIFY_PART says whether the piece has the hash', async (session) => {
      const piece = await stored(session, samplePiece(70_000));
      const verify = (part: number, hash: string) =>
        session.ask(`VERIFY_PART file=${piece.file} part=${part} sha1=${hash} seq=1\n`);
      assert.deepEqual((await verify(0, sha1Of(piece.bytes))).keys, { seq: '1' });
      assert.equal((await verify(0, sha1)).keys.code, 'corrupt');
      assert.equal((await verify(1, sha1Of(piece.bytes))).keys.code, 'not-found');
    });

    rule('many requests sent at once are all answered, each with its seq', async (session) => {
      const pieces = Array.from({ length: 30 }, (_, part) => ({ ...samplePiece(1 + part * 3000), part }));
      const { file: common } = pieces[0] as Piece;
      const sent = pieces.map((piece) => session.send(storeLine({ ...piece, file: common }, piece.part), piece.bytes));
      for (const _ of pieces) assert.equal((await session.reply()).verb, 'OK');
      await Promise.all(sent);
      const lines = pieces.map(
        ({ part }) => `GET_PART file=${common} part=${part} seq=${1000 + part}\nPING seq=${part}\n`,
      );
      const asked = session.send(`${lines.join('')}GET_PART file=${common} part=99 seq=99\n`);
      const replies = new Map<string | undefined, Awaited<ReturnType<RawSession['reply']>>>();
      for (let count = 0; count < 61; count += 1) {
        const reply = await session.reply();
        replies.set(reply.keys.seq, reply);
      }
      await asked;
      assert.equal(replies.size, 61);
      for (const { part, bytes } of pieces) {
        assert.ok(replies.get(String(1000 + part))?.payload?.equals(bytes));
        assert.equal(replies.get(String(part))?.verb, 'OK');
      }
      assert.equal(replies.get('99')?.keys.code, 'not-found');
    });

    if (traits.answersAtOnce) {
      rule('a short request does not wait behind a long transfer', async (session) => {
        const piece = await stored(session, samplePiece(1_000_000));
        const gets = Array.from({ length: 40 }, (_, seq) => `GET_PART file=${piece.file} part=0 seq=${seq}\n`);
        const asked = session.send(`${gets.join('')}LIST_PARTS file=${piece.file} seq=777\n`);
        const order: (string | undefined)[] = [];
        for (let count = 0; count < 41; count += 1) order.push((await session.reply()).keys.seq);
        await asked;
        assert.ok(order.indexOf('777') < 30, `LIST_PARTS was answered after ${order.indexOf('777')} pieces`);
      });
    }

    rule('a request may come byte by byte', async (session) => {
      const piece = samplePiece(300);
      const bytes = Buffer.concat([Buffer.from(storeLine(piece)), piece.bytes, Buffer.from('PING seq=2\n')]);
      for (const byte of bytes) await session.send('', Buffer.of(byte));
      const replies = [await session.reply(), await session.reply()];
      assert.deepEqual(replies.map(({ verb, keys }) => verb + keys.seq).sort(), ['OK1', 'OK2']);
      assert.deepEqual(await partsOf(session, piece.file), [0]);
    });

    test('a new session begins on fresh FIFOs, without a byte of the last one', async () => {
      const piece = samplePiece(100_000);
      const last = await RawSession.open(directory);
      await last.ask('HELLO seq=1 version=1\n');
      const fifos = await identityOf(directory);
      await last.send(`GET_PART file=${file} part=0 seq=2\n${storeLine(piece)}`, piece.bytes.subarray(0, 60_000));
      await last.finish().catch((error) => assert.match(error.message, /session ended/)); // an ERR may be on its way
      const next = await RawSession.open(directory);
      for (const fifo of await identityOf(directory)) assert.ok(!fifos.includes(fifo), 'a FIFO was used again');
      assert.equal((await next.ask('HELLO seq=3 version=1\n')).keys.seq, '3');
      assert.deepEqual(await partsOf(next, piece.file), [], 'half a piece is none');
      await next.finish();
    });

    test('a server that vanishes in the middle of its replies does no harm', async () => {
      const session = await RawSession.open(directory);
      const piece = await stored(session, samplePiece(1_000_000));
      const asked = session.send(`GET_PART file=${piece.file} part=0 seq=1\n`.repeat(10));
      await session.reply();
      await asked;
      const fifos = await identityOf(directory);
      session.vanish();
      await renewed(directory, fifos);
      const next = await RawSession.open(directory);
      assert.equal((await next.ask('HELLO seq=2 version=1\n')).keys.seq, '2');
      await next.finish();
    });

    test('what was synced is there again after kill -9', async () => {
      const session = await RawSession.open(directory);
      const piece = await stored(session, samplePiece(200_000));
      await session.ask(`SYNC file=${piece.file} seq=1\n`);
      const fifos = await identityOf(directory);
      peer.kill('SIGKILL');
      await Promise.all([once(peer, 'exit'), session.ended()]);
      session.vanish();
      peer = start(directory);
      await renewed(directory, fifos);
      const next = await RawSession.open(directory);
      assert.deepEqual(await partsOf(next, piece.file), [0]);
      const { payload } = await next.ask(`GET_PART file=${piece.file} part=0 seq=2\n`);
      assert.ok(payload?.equals(piece.bytes));
      await next.finish();
    });

    test('SIGTERM ends it, with exit code 0 and without FIFOs', async () => {
      const session = await RawSession.open(directory);
      await session.ask('PING seq=1\n');
      peer.kill('SIGTERM');
      const [[code]] = await Promise.all([once(peer, 'exit'), session.ended()]);
      session.vanish();
      assert.equal(code, 0);
      await assert.rejects(stat(join(directory, 'requests')), { code: 'ENOENT' });
    });
  });
}

/** What tells the two FIFOs from all others: an inode's number alone may be used again. */
async function identityOf(directory: string): Promise<string[]> {
  const stats = ['requests', 'replies'].map((name) => stat(join(directory, name), { bigint: true }));
  return (await Promise.all(stats)).map(({ ino, birthtimeNs }) => `${ino} ${birthtimeNs}`);
}

/** Waits for the peer to make new FIFOs: before it has noticed that a session ended, one would open those of that. */
async function renewed(directory: string, before: readonly string[]): Promise<void> {
  for (;;) {
    const now = await identityOf(directory).catch(() => before); // there are none for a moment
    if (now.every((fifo) => !before.includes(fifo))) return;
    await breath(5);
  }
}
