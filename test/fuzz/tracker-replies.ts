/**
 * What a hostile tracker may say to our client: answers over HTTP and UDP, and URLs, made of good and bad values at
 * random, some with bytes changed afterwards. Whatever comes, it is refused with a TrackerError, or what was read of it
 * can be used without another look: addresses that can be dialled, few enough, numbers that are some, text for a
 * terminal.
 */
import assert from 'node:assert/strict';
import { formatIp, isAnyIp, parseIp } from '../../src/bytes/ip.ts';
import { printable } from '../../src/bytes/printable.ts';
import type { BencodeValue } from '../../src/protocols/bencode/types.ts';
import { encodeBencode } from '../../src/protocols/bencode/write.ts';
import { TrackerError } from '../../src/protocols/tracker/errors.ts';
import { parseHttpResponse } from '../../src/protocols/tracker/http/read-response.ts';
import { redirectTarget } from '../../src/protocols/tracker/http/redirect.ts';
import { canBeHandedOut, responseLimits, type TrackerResponse } from '../../src/protocols/tracker/types.ts';
import {
  answers,
  parseUdpAnnounceResponse,
  parseUdpConnectResponse,
} from '../../src/protocols/tracker/udp/read-response.ts';
import { announceRequest, connectRequest } from '../../src/protocols/tracker/udp/udp.testing.ts';
import { parseTrackerUrl } from '../../src/protocols/tracker/url.ts';
import { Random } from './random.ts';

/** How many rounds are worth a minute or two. */
export const roundsByDefault = 1_000_000;

export interface Outcomes {
  taken: number;
  refused: number;
}

/** Throws at the first round whose outcome is not as it should be; the message repeats it. */
export function fuzz(seed: number, rounds: number, parse = parseHttpResponse): Outcomes {
  const random = new Random(seed);
  const outcomes = { taken: 0, refused: 0 };
  const kinds = [() => checkBody(random, parse), () => checkDatagram(random), () => checkUrl(random)];
  for (let round = 0; round < rounds; round += 1) {
    try {
      random.pick(kinds)();
      outcomes.taken += 1;
    } catch (cause) {
      if (!(cause instanceof TrackerError)) throw new Error(`seed ${seed}, round ${round}`, { cause });
      outcomes.refused += 1;
    }
  }
  return outcomes;
}

function checkBody(random: Random, parse: typeof parseHttpResponse): void {
  const body = damaged(encodeBencode(makeAnswer(random)), random);
  checkReply(parse(body, random.pick([200, 200, 400])));
}

function checkDatagram(random: Random): void {
  const connecting = random.once(3);
  const transaction = random.below(2);
  const request = connecting ? connectRequest(transaction) : announceRequest({ transaction });
  const datagram = damaged(
    Buffer.concat([Buffer.alloc(7), Buffer.alloc(random.below(700), random.below(256))]),
    random,
  );
  if (datagram.length > 3) datagram.writeUInt32BE(random.below(5));
  if (!answers(request, datagram)) return;
  assert.equal(datagram.readUInt32BE(4), transaction);
  if (connecting) {
    const reply = parseUdpConnectResponse(datagram);
    if (reply.kind === 'connected') assert.equal(reply.connectionId.length, 8);
    else checkReply(reply);
  } else {
    checkReply(parseUdpAnnounceResponse(datagram, random.pick(['ipv4', 'ipv6'])));
  }
}

function checkReply(reply: TrackerResponse): void {
  if (reply.kind === 'failure') {
    checkText(reply.reason);
    assert.ok(reply.reason !== '');
    if (typeof reply.retryIn === 'number') assert.ok(reply.retryIn >= 0);
    return;
  }
  assert.ok(reply.peers.length <= responseLimits.peersMax);
  for (const { address, port } of reply.peers) {
    const bytes = parseIp(address);
    assert.ok(bytes !== undefined && !isAnyIp(bytes) && formatIp(bytes) === address, address);
    assert.ok(port > 0 && port <= 0xffff && canBeHandedOut(port), `port ${port}`);
  }
  for (const count of [reply.interval, reply.minInterval, reply.seeders, reply.leechers])
    assert.ok(count === undefined || (Number.isSafeInteger(count) && count >= 0));
  checkText(reply.warning ?? '');
  assert.ok((reply.trackerId?.length ?? 0) <= responseLimits.trackerIdBytesMax);
}

function checkText(text: string): void {
  assert.equal(text, printable(text));
  assert.ok(text.length <= responseLimits.textMax * 6, 'each character is at most an escape');
}

function checkUrl(random: Random): void {
  const text = Array.from({ length: 1 + random.below(9) }, () => random.pick(urlParts)).join('');
  if (random.once(2)) {
    redirectTarget({ status: 302, location: text, from: new URL('http://t.example/announce') });
    return;
  }
  const target = parseTrackerUrl(text);
  if (target.kind === 'udp') assert.ok(target.port > 0 && target.port <= 0xffff && target.host !== '', text);
  else assert.ok(target.url.protocol === 'http:' && target.url.host !== '', text);
}

const urlParts = [
  ...['http:', 'udp:', 'HTTP:', 'https:', 'ws:', 'file:', '//', '/', '\\', '@', ':', '?', '#', '%', '%ff', '..', ' '],
  ...['[', ']', '::1', '[::1]', '127.0.0.1', '10.1', 'localhost', 't.example', 'ä', '0', '80', '65536', '\n', '\0'],
  ...['announce', 'passkey=1', '&', 'a'.repeat(1000)],
];

const values: readonly BencodeValue[] = [
  ...[0, 1, -1, 60, 2 ** 53 - 1, 10n ** 19n, '', 'never', '15', 'a'.repeat(300), '\x1b[2J\n', 'ä'.repeat(300)],
  ...[Buffer.of(0xff, 0xed, 0xa0, 0x80), Buffer.alloc(6), Buffer.alloc(7), Buffer.alloc(18, 1), Buffer.alloc(6000, 7)],
  ...[[], {}, [[]], ['abcdef'], { ip: '10.0.0.1', port: 1 }],
];
const ips = ['10.0.0.1', '::1', '::ffff:10.0.0.1', '0.0.0.0', 'peer.example', '', '1.2.3', 'fe80::1%eth0'];
const ports = [0, 1, 22, 80, 6881, 65_535, 65_536, -1, 1e9, '80'];
const keys = [
  ...['failure reason', 'retry in', 'interval', 'min interval', 'complete', 'incomplete', 'peers', 'peers6'],
  ...['tracker id', 'warning message', 'external ip', ''],
];

function makeAnswer(random: Random): BencodeValue {
  const dictionaries = Array.from({ length: random.once(50) ? 600 : random.below(4) }, () => ({
    ip: random.pick(ips),
    port: random.pick(ports),
    ...(random.once(9) && { [random.pick(keys)]: random.pick(values) }),
  }));
  const compact = Buffer.alloc(6 * random.below(8), random.below(256));
  const answer = new Map<string, BencodeValue>([['peers', random.once(2) ? compact : dictionaries]]);
  for (let more = random.below(6); more > 0; more -= 1) answer.set(random.pick(keys), random.pick(values));
  return answer;
}

/** Most of the time as it is; else a byte is another, or the end is missing. */
function damaged(bytes: Buffer, random: Random): Buffer {
  if (random.once(4)) bytes[random.below(bytes.length)] = random.below(256);
  return random.once(8) ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}
