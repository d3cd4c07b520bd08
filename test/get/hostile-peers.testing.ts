/** For tests of downloads: peers that do wrong, each in its own way, as raw bytes or by the protocol's own encoder. */
import { randomBytes } from 'node:crypto';
import { everything, type RawPeer } from '../../src/bittorrent/peers/raw-peer.testing.ts';
import { encodeBencode } from '../../src/protocols/bencode/write.ts';
import type { Block, OutgoingMessage } from '../../src/protocols/wire/types.ts';
import { encodeHandshake } from '../../src/protocols/wire/write.ts';
import { pieceOf, type TestTorrent } from './get.testing.ts';
import { peerIdOf, shakeHands } from './honest-peer.testing.ts';

export interface Scene {
  readonly torrent: TestTorrent;
  /** To be called when the wrong is done, or will be without further help: from then on others may help. */
  readonly struck: () => void;
}

export interface Misdeed {
  readonly name: string;
  /** One connection, in which the downloader has dialled. */
  readonly play: (peer: RawPeer, scene: Scene) => Promise<void> | void;
  /** The fate of the connection when there is no other peer; by default it stays. */
  readonly end?: 'closed';
  /** Whether the peer gives wrong bytes, and is found out, also when others gave a part of what does not hash. */
  readonly lies?: true;
  /** Whether a download from the peer alone succeeds. */
  readonly gives?: true;
}

function greet(peer: RawPeer, { torrent }: Pick<Scene, 'torrent'>, ...first: OutgoingMessage[]): RawPeer {
  const peerId = peerIdOf(peer.socket.localPort);
  return shakeHands(peer, torrent, peerId).say(...first);
}

/** Says that it has everything, and answers each request with what `answer` makes of it. */
async function serve(peer: RawPeer, scene: Scene, answer: (request: Block, turn: number) => unknown): Promise<void> {
  greet(peer, scene, { kind: 'have-all' }, { kind: 'unchoke' });
  let turn = 0;
  for await (const { index, begin, length } of peer.each('request')) {
    answer({ index, begin, length }, turn);
    turn += 1;
    scene.struck();
  }
}

function right({ torrent }: Scene, { index, begin, length }: Block): OutgoingMessage & { kind: 'piece' } {
  return { kind: 'piece', index, begin, bytes: pieceOf(torrent, index).subarray(begin, begin + length) };
}

export function wrong(scene: Scene, block: Block): OutgoingMessage {
  const { bytes, ...rest } = right(scene, block);
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(0) ^ 1, 0);
  return { ...rest, bytes: changed };
}

/** Instead of a handshake. */
const instead =
  (bytes: () => Uint8Array): Misdeed['play'] =>
  (peer, { struck }) => {
    peer.raw(bytes());
    struck();
  };

/** After a handshake as it should be. */
const afterwards =
  (bytes: () => Uint8Array): Misdeed['play'] =>
  (peer, scene) => {
    greet(peer, scene).raw(bytes());
    scene.struck();
  };

const message =
  (...first: OutgoingMessage[]): Misdeed['play'] =>
  (peer, scene) => {
    greet(peer, scene, ...first);
    scene.struck();
  };

/** Goes on and on, as fast as it is read. */
function flood(peer: RawPeer, bytes: () => Uint8Array): void {
  const more = (): void => {
    while (!peer.ended && peer.socket.write(bytes()));
  };
  peer.socket.on('drain', more);
  more();
}

const numbers = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [place, value] of values.entries()) bytes.writeUInt32BE(value, 4 * place);
  return bytes;
};

const endless = (id: number): Misdeed['play'] => {
  const head = Buffer.concat([numbers(2 ** 31), Buffer.of(id)]);
  const body = randomBytes(64 * 1024);
  return (peer, scene) => {
    greet(peer, scene).raw(head);
    flood(peer, () => body);
    scene.struck();
  };
};

const extended = (id: number, payload: Buffer | string): OutgoingMessage => ({
  kind: 'extended',
  id,
  payload: Buffer.from(payload),
});

export const misdeeds: readonly Misdeed[] = [
  {
    name: 'every block is corrupt',
    end: 'closed',
    lies: true,
    play: (peer, scene) => serve(peer, scene, (block) => peer.say(wrong(scene, block))),
  },
  {
    name: 'the first block of each piece is corrupt, the others are refused',
    lies: true,
    play: (peer, scene) =>
      serve(peer, scene, (block) => peer.say(block.begin === 0 ? wrong(scene, block) : { kind: 'reject', ...block })),
  },
  {
    name: 'the last block of each piece is corrupt, the others come right',
    end: 'closed',
    lies: true,
    play: (peer, scene) =>
      serve(peer, scene, (block) => peer.say(block.begin > 32_768 ? wrong(scene, block) : right(scene, block))),
  },
  {
    name: 'a corrupt block, and it is gone',
    end: 'closed',
    play: (peer, scene) =>
      serve(peer, scene, (block) => {
        peer.say(wrong(scene, block));
        peer.socket.end();
      }),
  },
  {
    name: 'it closes after each block',
    end: 'closed',
    play: (peer, scene) =>
      serve(peer, scene, (block) => {
        peer.say(right(scene, block));
        peer.socket.end();
      }),
  },
  { name: 'garbage after the handshake', end: 'closed', play: afterwards(() => randomBytes(100_000).fill(0xff, 0, 1)) },
  {
    name: 'garbage instead of it',
    end: 'closed',
    play: instead(() => randomBytes(1000)),
  },
  { name: 'a piece of 2 GiB', end: 'closed', play: endless(7) },
  { name: 'an unknown message of 2 GiB', end: 'closed', play: endless(99) },
  { name: 'it has piece 2^32 - 1', end: 'closed', play: message({ kind: 'have', index: 2 ** 32 - 1 }) },
  { name: 'a bitfield that is too long', end: 'closed', play: message({ kind: 'bitfield', bits: Buffer.alloc(4) }) },
  { name: 'a bitfield that is too short', end: 'closed', play: message({ kind: 'bitfield', bits: Buffer.alloc(2) }) },
  { name: 'spare bits', end: 'closed', play: message({ kind: 'bitfield', bits: Buffer.of(255, 255, 255) }) },
  { name: 'it has all, twice', end: 'closed', play: message({ kind: 'have-all' }, { kind: 'have-all' }) },
  {
    name: 'a byte now and then',
    play: (peer, scene) =>
      serve(peer, scene, (block, turn) => {
        if (turn > 0) return;
        const bytes = Buffer.concat([numbers(9 + block.length), Buffer.of(7), numbers(block.index, block.begin)]);
        let place = 0;
        const timer = setInterval(() => peer.raw(Buffer.of(bytes[place++] ?? 0)), 100);
        peer.socket.on('close', () => clearInterval(timer));
      }),
  },
  { name: 'requests are taken, and not answered', play: (peer, scene) => serve(peer, scene, () => {}) },
  {
    name: 'it unchokes and chokes all the time',
    play: (peer, scene) =>
      serve(peer, scene, () => setImmediate(() => peer.say({ kind: 'choke' }, { kind: 'unchoke' }))),
  },
  {
    name: 'every request is refused',
    play: (peer, scene) => serve(peer, scene, (block) => peer.say({ kind: 'reject', ...block })),
  },
  {
    name: 'blocks that nobody asked for, without end',
    end: 'closed',
    play: async (peer, scene) => {
      greet(peer, scene, { kind: 'have-all' });
      await peer.heard('interested');
      const head = Buffer.concat([numbers(9 + 16_384), Buffer.of(7), numbers(3, 16_384)]);
      const block = Buffer.concat([head, randomBytes(16_384)]);
      flood(peer, () => block);
      scene.struck();
    },
  },
  {
    name: 'other blocks than those that were asked for',
    play: (peer, scene) =>
      serve(peer, scene, (block) => peer.say(wrong(scene, { ...block, begin: 0, index: (block.index + 1) % 16 }))),
  },
  {
    name: 'blocks that begin a byte later',
    play: (peer, scene) =>
      serve(peer, scene, (block) => peer.say({ ...right(scene, { ...block, length: 1000 }), begin: block.begin + 1 })),
  },
  {
    name: 'blocks that are too short',
    play: (peer, scene) =>
      serve(peer, scene, (block) => peer.say(right(scene, { ...block, length: block.length - 1 }))),
  },
  {
    name: 'empty blocks',
    end: 'closed',
    play: (peer, scene) => serve(peer, scene, (block) => peer.say(right(scene, { ...block, length: 0 }))),
  },
  {
    name: 'blocks from beyond the end',
    end: 'closed',
    play: (peer, scene) => serve(peer, scene, (block) => peer.say({ ...wrong(scene, block), index: 2 ** 31 } as never)),
  },
  {
    name: 'every block twice, the second one wrong',
    gives: true,
    play: (peer, scene) => serve(peer, scene, (block) => peer.say(right(scene, block), wrong(scene, block))),
  },
  {
    name: 'its handshake is for another torrent',
    end: 'closed',
    play: instead(() =>
      encodeHandshake({ capabilities: everything, infoHash: Buffer.alloc(20, 1), peerId: Buffer.alloc(20, 2) }),
    ),
  },
  { name: 'it never shakes hands', play: (_, { struck }) => struck() },
  { name: 'half a handshake', play: instead(() => Buffer.from('\x13BitTorrent pro')) },
  { name: 'it has everything, and never unchokes', play: message({ kind: 'have-all' }) },
  { name: 'it has nothing', play: message({ kind: 'have-none' }, { kind: 'unchoke' }) },
  { name: 'an extended handshake that is none', end: 'closed', play: message(extended(0, 'd1:m')) },
  {
    name: 'an extended handshake of lists in lists',
    end: 'closed',
    play: message(extended(0, `${'l'.repeat(30_000)}${'e'.repeat(30_000)}`)),
  },
  {
    name: 'it lets less than nothing wait',
    gives: true,
    play: (peer, scene) => {
      setImmediate(() => peer.say(extended(0, encodeBencode({ m: {}, reqq: -5 }))));
      return serve(peer, scene, (block) => peer.say(right(scene, block)));
    },
  },
  {
    name: 'it asks for blocks without end, and reads nothing',
    play: (peer, scene) => {
      greet(peer, scene, { kind: 'have-all' }, { kind: 'interested' });
      peer.socket.pause();
      const request = Buffer.concat([numbers(13), Buffer.of(6), numbers(0, 0, 16_384)]);
      const many = Buffer.concat(Array(5000).fill(request));
      flood(peer, () => many);
      scene.struck();
    },
  },
];
