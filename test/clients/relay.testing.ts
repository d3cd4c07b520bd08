/**
 * Joins two wire peers that would never dial each other, by dialling both: each is told the other's handshake, as if the
 * other had dialled. For transmission, which takes no loopback address from anybody.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type Dictionary, parseBencode } from '../../src/protocols/bencode/read.ts';
import { handshakeBytes } from '../../src/protocols/wire/types.ts';
import { encodeHandshake } from '../../src/protocols/wire/write.ts';

export interface Relay {
  /** `host:port` of both. */
  readonly client: string;
  readonly seeder: string;
  /** The path of the `.torrent`. */
  readonly torrent: string;
}

/** Goes on trying until both are there; ended after the test. */
export function startRelay(t: TestContext, relay: Relay): void {
  const ending = new AbortController();
  t.after(() => ending.abort());
  void keepJoined(relay, ending.signal);
}

async function keepJoined({ client, seeder, torrent }: Relay, signal: AbortSignal): Promise<void> {
  const raw = (parseBencode(readFileSync(torrent)) as Dictionary).raw('info') as Buffer;
  const infoHash = createHash('sha1').update(raw).digest();
  const hello = encodeHandshake({
    capabilities: { fast: true, extended: true, v2: false },
    infoHash,
    peerId: Buffer.from('-RY0100-relayrelayre'),
  });
  while (!signal.aborted) {
    const sockets: Socket[] = [];
    const end = (): void => sockets.forEach((socket) => void socket.destroy());
    signal.addEventListener('abort', end);
    try {
      const left = await shakeHands(client, hello, sockets);
      // The seeder sees the client's own handshake; its answer is the one that the client has had already.
      const right = await shakeHands(seeder, left.handshake, sockets);
      left.socket.pipe(right.socket);
      right.socket.pipe(left.socket);
      await Promise.race([once(left.socket, 'close'), once(right.socket, 'close')]);
    } catch {
      await new Promise(setImmediate); // the client is not there yet
    }
    signal.removeEventListener('abort', end);
    end();
  }
}

async function shakeHands(address: string, hello: Uint8Array, sockets: Socket[]) {
  const [host = '', port = ''] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  sockets.push(socket);
  socket.on('error', () => {}); // 'close' follows
  socket.write(hello);
  for (;;) {
    const handshake = socket.read(handshakeBytes) as Buffer | null;
    if (handshake !== null) return { socket, handshake };
    if (socket.closed) throw new Error('no handshake came');
    await new Promise((resolve) => socket.once('readable', resolve).once('close', resolve));
  }
}
