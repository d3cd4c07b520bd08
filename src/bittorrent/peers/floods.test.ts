/** Peers that ask for much and take nothing: what waits for them in memory is bounded, whatever they ask for. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../io/log.ts';
import type { PeerSocket, PeerSocketEvents } from '../../io/net/peer-socket.ts';
import { encodeMetadataMessage } from '../../protocols/wire/extension.ts';
import type { OutgoingMessage } from '../../protocols/wire/types.ts';
import { encodeHandshake, encodeMessage } from '../../protocols/wire/write.ts';
import { WireConnection } from './connection.ts';
import type { PeerRequests } from './context.ts';
import { openTestListener } from './listener.testing.ts';
import { outputLimits, type PeerOutputOptions } from './peer-output.ts';
import { PieceCache } from './piece-cache.ts';
import { everything } from './raw-peer.testing.ts';

const nothingAsked: PeerRequests = {
  onHave() {},
  onPiece() {},
  onReject() {},
  onChoke() {},
  tick() {},
  onClose() {},
};

/** A socket whose other side takes nothing until `take`. */
class StuckSocket implements Pick<PeerSocket, keyof PeerSocket> {
  readonly remote = { address: '127.0.0.1', port: 1 };
  onSending = undefined;
  waitingBytes = 0;
  takenBytes = 0;
  paused = false;
  destroyed = false;
  readonly #events: PeerSocketEvents;
  readonly #waiting: { readonly bytes: number; readonly onWritten: (() => void) | undefined }[] = [];

  constructor(events: PeerSocketEvents) {
    this.#events = events;
  }

  write(bytes: Uint8Array, onWritten?: () => void): void {
    this.waitingBytes += bytes.length;
    this.#waiting.push({ bytes: bytes.length, onWritten });
  }

  /** The other side takes all that waits. */
  take(): void {
    const taken = this.#waiting.splice(0);
    for (const { bytes } of taken) this.waitingBytes -= bytes;
    for (const { bytes } of taken) this.takenBytes += bytes;
    this.#events.onDrain();
    for (const { onWritten } of taken) onWritten?.();
  }

  /** The other side sends `bytes`, which it did not read a thing for. */
  come(bytes: Uint8Array): void {
    this.#events.onBytes(bytes);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#events.onClose(undefined);
  }
}

async function connect(t: TestContext, limits?: PeerOutputOptions['limits']) {
  // By another hash than the v1 one: then hashes may be asked for (BEP 52).
  const torrent = { ...(await openTestListener(t)).torrent, infoHash: Buffer.alloc(20, 7) };
  const sockets: StuckSocket[] = [];
  const connection = new WireConnection(
    (events) => {
      const socket = new StuckSocket(events);
      sockets.push(socket);
      return socket as unknown as PeerSocket;
    },
    {
      peerId: Buffer.from('-RV0100-serverserver'),
      port: 1,
      torrentOf: () => torrent,
      cache: new PieceCache(1 << 20),
      connections: () => 1,
      limits,
      log: silentLog,
    },
    { onOpen: () => nothingAsked, onInterest() {}, isUseful: () => true, onClose() {} },
  );
  const [socket] = sockets as [StuckSocket];
  const { infoHash } = torrent;
  socket.come(encodeHandshake({ capabilities: everything, infoHash, peerId: Buffer.alloc(20, 1) }));
  socket.come(encodeMessage({ kind: 'extended', id: 0, payload: Buffer.from('d1:md11:ut_metadatai7eee') }));
  return { connection, socket };
}

const block = { index: 0, begin: 0, length: 16_384 };
const range = { piecesRoot: Buffer.alloc(32), baseLayer: 0, index: 0, length: 2, proofLayers: 0 };

/** Messages that have to be answered, each of them. */
const floods: { name: string; message: OutgoingMessage; answerBytes: number }[] = [
  {
    name: 'metadata',
    message: { kind: 'extended', id: 1, payload: encodeMetadataMessage({ kind: 'request', piece: 0 }) },
    answerBytes: 16_384,
  },
  {
    name: 'metadata that is not there',
    message: { kind: 'extended', id: 1, payload: encodeMetadataMessage({ kind: 'request', piece: 99 }) },
    answerBytes: 30,
  },
  { name: 'hashes', message: { ...range, kind: 'hash-request' }, answerBytes: 53 },
  { name: 'blocks while it is choked', message: { ...block, kind: 'request' }, answerBytes: 17 },
];

for (const { name, message, answerBytes } of floods) {
  const count = Math.ceil((8 * outputLimits.answerBytesMax) / answerBytes);
  const flood = Buffer.concat(Array.from({ length: count }, () => encodeMessage(message)));

  test(`${count} times ${name}: a little waits, and all is answered as it is taken`, async (t) => {
    const { socket } = await connect(t);
    const before = socket.takenBytes + socket.waitingBytes;
    socket.come(flood);
    assert.ok(socket.paused);
    assert.ok(socket.waitingBytes < outputLimits.answerBytesMax + 20_000, `${socket.waitingBytes} bytes wait`);
    for (let round = 0; socket.paused && round < 10_000; round += 1) {
      socket.take();
      assert.ok(socket.waitingBytes < outputLimits.answerBytesMax + 20_000, `${socket.waitingBytes} bytes wait`);
    }
    assert.ok(!socket.paused);
    assert.ok(socket.takenBytes + socket.waitingBytes - before >= count * answerBytes);
  });

  test(`the control: without the cap ${name} fills the memory`, async (t) => {
    const { socket } = await connect(t, { answerBytesMax: Number.POSITIVE_INFINITY });
    socket.come(flood);
    assert.ok(socket.waitingBytes >= Math.min(count * answerBytes, outputLimits.blockBytesMax));
    assert.ok(socket.waitingBytes > outputLimits.answerBytesMax + 20_000);
  });
}

test('who takes nothing for a minute is cut, whatever it says meanwhile', async (t) => {
  const { connection, socket } = await connect(t);
  for (let passedMs = 0; passedMs < outputLimits.stallMs - 1000; passedMs += 1000) {
    connection.tick(1000);
    socket.come(encodeMessage({ kind: 'keep-alive' }));
  }
  assert.ok(!socket.destroyed);
  connection.tick(1000);
  connection.tick(1000);
  assert.ok(socket.destroyed);
});

test('who takes something once a minute is not', async (t) => {
  const { connection, socket } = await connect(t);
  for (let passedMs = 0; passedMs < 5 * outputLimits.stallMs; passedMs += 1000) {
    connection.tick(1000);
    socket.come(encodeMessage({ ...block, kind: 'request' }));
    if (passedMs % 50_000 === 0) socket.take();
  }
  assert.ok(!socket.destroyed);
});
