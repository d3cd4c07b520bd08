/**
 * Conversations of wire peers at random, some with bytes changed. Whatever comes, and in whatever chunks: the same is
 * read of it, or it is refused with the same WireError; and what a session has taken stays within its torrent.
 */
import assert from 'node:assert/strict';
import { WireError } from '../../src/protocols/wire/errors.ts';
import { WireSession } from '../../src/protocols/wire/session.ts';
import { messageIds, type OutgoingMessage, type WireMessage } from '../../src/protocols/wire/types.ts';
import { hear } from '../../src/protocols/wire/wire.testing.ts';
import { encodeHandshake, encodeMessage } from '../../src/protocols/wire/write.ts';
import { Random } from './random.ts';

/** How many rounds are worth a minute or two. */
export const roundsByDefault = 100_000;

export interface Outcomes {
  taken: number;
  refused: number;
}

const torrent = { pieces: 11, pieceSize: (index: number) => (index === 10 ? 5 : 40_000) };
const capabilities = { fast: true, extended: true, v2: true };

/** Throws at the first round whose outcome is not as it should be; the message repeats it. */
export function fuzz(seed: number, rounds: number, listen: typeof hear = hear): Outcomes {
  const random = new Random(seed);
  const outcomes = { taken: 0, refused: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const bytes = makeConversation(random);
    try {
      outcomes[checkRound(bytes, random, listen)] += 1;
    } catch (cause) {
      throw new Error(`seed ${seed}, round ${round}: ${bytes.toString('hex')}`, { cause });
    }
  }
  return outcomes;
}

function checkRound(bytes: Buffer, random: Random, listen: typeof hear): keyof Outcomes {
  const whole = outcomeOf(bytes, bytes.length, hear);
  for (const chunkBytes of [1, 1 + random.below(100)]) assert.deepEqual(outcomeOf(bytes, chunkBytes, listen), whole);
  return typeof whole === 'string' ? 'refused' : 'taken';
}

/** What was read and what the session made of it, or the code of what is wrong. */
function outcomeOf(bytes: Buffer, chunkBytes: number, listen: typeof hear) {
  try {
    const { messages } = listen(bytes, chunkBytes);
    const session = new WireSession(torrent, capabilities);
    for (const message of messages) session.received(message);
    assert.ok([...session.pieces].every((index) => index < torrent.pieces));
    assert.equal([...session.pieces].length, session.pieces.count);
    return { messages: messages.map(summary), pieces: [...session.pieces] };
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

function summary(message: WireMessage): string {
  return JSON.stringify(message);
}

function makeConversation(random: Random): Buffer {
  const hello = encodeHandshake({ capabilities, infoHash: Buffer.alloc(20, 1), peerId: Buffer.alloc(20, 2) });
  const messages = Array.from({ length: random.below(6) }, () => encodeMessage(makeMessage(random)));
  const bytes = Buffer.concat([hello, ...messages]);
  for (let changes = random.below(3); changes > 0; changes -= 1) bytes[random.below(bytes.length)] = random.below(256);
  return bytes.subarray(0, bytes.length - (random.below(4) === 0 ? random.below(bytes.length) : 0));
}

const kinds = Object.keys(messageIds) as (keyof typeof messageIds)[];

/** Of any kind, with numbers that fit the torrent, mostly. */
function makeMessage(random: Random): OutgoingMessage {
  const kind = kinds[random.below(kinds.length)] as (typeof kinds)[number];
  const index = random.below(12);
  const block = { index, begin: random.below(40_001), length: random.below(20_000) };
  const range = { piecesRoot: Buffer.alloc(32), baseLayer: 0, index, length: 2, proofLayers: 1 };
  switch (kind) {
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return { kind, index };
    case 'bitfield':
      return { kind, bits: Buffer.of(random.below(256), random.below(2) * 0xe0) };
    case 'request':
    case 'cancel':
    case 'reject':
      return { kind, ...block };
    case 'piece':
      return { kind, index, begin: 0, bytes: Buffer.alloc(random.below(300), 3) };
    case 'port':
      return { kind, port: 6881 };
    case 'extended':
      return { kind, id: random.below(3), payload: Buffer.from('d1:mdee') };
    case 'hash-request':
    case 'hash-reject':
      return { kind, ...range };
    case 'hashes':
      return { kind, ...range, hashes: Buffer.alloc(96) };
    default:
      return { kind };
  }
}
