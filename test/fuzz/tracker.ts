/**
 * Fuzzes both doors of the tracker. Whatever comes, of each query and datagram it is checked that
 *
 * - nothing but a TrackerError is thrown, and what is answered is canonical bencode, or a datagram of the right size;
 * - without a connection id no datagram is answered with more bytes than it has, and nobody is enrolled;
 * - nobody is told of himself, nor of a port that is no peer's.
 */
import assert from 'node:assert/strict';
import { Tracker } from '../../src/bittorrent/tracker/tracker.ts';
import { requestFor } from '../../src/http/handler.testing.ts';
import type { HttpResponse } from '../../src/http/handler.ts';
import { type Bencode, Dictionary, parseBencode } from '../../src/protocols/bencode/read.ts';
import { encodeBencode } from '../../src/protocols/bencode/write.ts';
import { ConnectionIds } from '../../src/protocols/tracker/udp/connection-id.ts';
import { announceRequest, connectRequest, scrapeRequest } from '../../src/protocols/tracker/udp/udp.testing.ts';
import type { DomainContext } from '../../src/server/context/context.ts';
import { createTrackerCounters } from '../../src/server/context/tracker-counters.ts';
import { createTrackerHandlers } from '../../src/server/handlers/tracker.ts';
import { UdpTracker } from '../../src/server/udp/tracker-udp.ts';
import { Random } from './random.ts';

/** How many rounds are worth a minute or two. */
export const roundsByDefault = 2_000_000;

/** Throws at the first round whose outcome is not as it should be; the message repeats it. */
export function fuzz(seed: number, rounds: number, check = checkRound): void {
  const doors = new Doors();
  const random = new Random(seed);
  for (let round = 0; round < rounds; round += 1) {
    try {
      check(doors, random);
    } catch (cause) {
      throw new Error(`seed ${seed}, round ${round}`, { cause });
    }
  }
}

const address = '10.0.0.1';

class Doors {
  readonly tracker: Tracker;
  readonly udp: UdpTracker;
  readonly http: ReturnType<typeof createTrackerHandlers>;
  readonly id: Buffer;

  constructor() {
    this.tracker = new Tracker({ open: true, isListed: () => false, now: () => 0, random: () => 0.5 });
    const counters = { tracker: createTrackerCounters() } as DomainContext['counters'];
    const context = { tracker: this.tracker, counters };
    this.http = createTrackerHandlers(context);
    const ids = new ConnectionIds(Buffer.alloc(16, 3));
    this.udp = new UdpTracker({ ...context, ids, localAddress: () => address, now: () => 0 });
    this.id = Buffer.from((this.udp.answer(connectRequest(), address) as Buffer).subarray(8));
  }
}

export function checkRound(doors: Doors, random: Random): void {
  if (random.once(2)) checkQuery(doors, random);
  else checkDatagram(doors, random);
}

function checkQuery(doors: Doors, random: Random): void {
  const path = random.once(4) ? 'scrape' : 'announce';
  const rawQuery = makeQuery(random);
  const port = Number(/(?:^|&)port=(\d+)/.exec(rawQuery)?.[1]);
  const request = { ...requestFor('GET', `/${path}`, { rawQuery }), remoteAddress: address };
  const { status, body } = doors.http[path](request) as HttpResponse;
  assert.equal(status, 200);
  const value = parseBencode(body as Buffer);
  assert.equal(encodeBencode(plain(value)).toString('latin1'), (body as Buffer).toString('latin1'), rawQuery);
  const peers = (value as Dictionary).get('peers');
  if (Buffer.isBuffer(peers)) checkPeers(peers, port);
}

/** As the writer takes it. */
function plain(value: Bencode): Parameters<typeof encodeBencode>[0] {
  if (value instanceof Dictionary) {
    return new Map([...value.keys()].map((key) => [Buffer.from(key, 'latin1'), plain(value.get(key) as Bencode)]));
  }
  return Array.isArray(value) ? value.map(plain) : (value as Buffer | number);
}

function checkDatagram(doors: Doors, random: Random): void {
  const datagram = makeDatagram(doors, random);
  const known = datagram.subarray(0, 8).equals(doors.id);
  const before = doors.tracker.peerCount;
  const answer = doors.udp.answer(datagram, address) as Buffer | undefined;
  if (!known) {
    assert.ok((answer?.length ?? 0) <= datagram.length, datagram.toString('hex'));
    assert.equal(doors.tracker.peerCount, before);
  }
  if (answer === undefined) return;
  assert.equal(answer.readUInt32BE(4), datagram.readUInt32BE(12), 'the transaction');
  const action = answer.readUInt32BE(0);
  if (action === 0) assert.equal(answer.length, 16);
  if (action === 1) checkPeers(answer.subarray(20), datagram.readUInt16BE(96));
  if (action === 2) assert.equal(answer.length, 8 + 12 * Math.min(74, (datagram.length - 16) / 20));
}

function checkPeers(compact: Buffer, ownPort: number): void {
  assert.ok(compact.length % 6 === 0 && compact.length <= 200 * 6);
  for (let at = 0; at < compact.length; at += 6) {
    const port = compact.readUInt16BE(at + 4);
    assert.ok(port !== 0 && port !== ownPort, `told of port ${port}`);
  }
}

const values = [
  ...[
    '',
    '0',
    '1',
    '-1',
    '50',
    '200',
    '201',
    '65535',
    '65536',
    '99999999999999999999',
    '0x1',
    ' 1',
    '1.5',
    'é',
    '%',
    '%4',
  ],
  ...[
    '%zz',
    '%00',
    '%ff',
    '+',
    'started',
    'completed',
    'stopped',
    'paused',
    'a'.repeat(20),
    '%61'.repeat(20),
    '&',
    '=',
  ],
];
const names = ['info_hash', 'peer_id', 'port', 'left', 'event', 'numwant', 'compact', 'no_peer_id', 'ip', 'key', ''];

function makeQuery(random: Random): string {
  const good = new Map([
    ['info_hash', random.pick(['%61', '%ff', '\xff', 'b']).repeat(20)],
    ['peer_id', 'a'.repeat(20)],
    ['port', String(1 + random.below(300))],
    ['left', random.pick(['0', '1'])],
    ['compact', random.pick(['0', '1'])],
  ]);
  const pairs = [...good].map(([name, value]) => `${name}=${random.once(20) ? random.pick(values) : value}`);
  for (let more = random.below(4); more > 0; more -= 1) {
    pairs.splice(random.below(pairs.length + 1), random.below(2), `${random.pick(names)}=${random.pick(values)}`);
  }
  return pairs.join(random.once(50) ? random.pick(['&&', ';', '']) : '&');
}

function makeDatagram({ id }: Doors, random: Random): Buffer {
  const infoHash = random.pick(['61', 'ff']).repeat(20);
  const announce = { infoHash, port: random.below(300), left: BigInt(random.below(2)), event: random.below(5) };
  const forged = random.once(3);
  const datagram = random.pick([
    () => connectRequest(),
    () => announceRequest({ ...announce, ...(!forged && { id }), wanted: random.below(400) - 100 }),
    () => scrapeRequest(Array(random.below(80)).fill(infoHash), forged ? undefined : id),
    () => Buffer.alloc(random.below(200), random.below(256)),
  ])();
  if (random.once(4) && datagram.length > 0) datagram[random.below(datagram.length)] = random.below(256);
  return random.once(4) ? datagram.subarray(0, random.below(datagram.length + 1)) : datagram;
}
