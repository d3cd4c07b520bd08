import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode } from '../../bencode/write.ts';
import { TrackerError } from '../errors.ts';
import { responseLimits, type TrackerPeers } from '../types.ts';
import { parseHttpResponse } from './read-response.ts';
import { encodeCompactAnnounce, encodeDictionaryAnnounce, encodeFailure } from './write.ts';

const read = (text: string, status = 200) => parseHttpResponse(Buffer.from(text, 'latin1'), status);

const nothing: TrackerPeers = {
  kind: 'peers',
  peers: [],
  interval: undefined,
  minInterval: undefined,
  warning: undefined,
  seeders: undefined,
  leechers: undefined,
  trackerId: undefined,
};
const one = { address: '10.0.0.1', port: 6881 };
const two = { address: '2001:db8::1', port: 6882 };
const compact = '\x0a\0\0\x01\x1a\xe1';
const compact6 = `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01\x1a\xe2`;

const answers: { name: string; text: string; status?: number; differs: Partial<TrackerPeers> }[] = [
  {
    name: 'all that there is to be said',
    text: `d8:completei3e10:incompletei4e8:intervali1800e12:min intervali900e5:peers6:${compact}10:tracker id2:ab15:warning message3:no!e`,
    differs: {
      peers: [one],
      interval: 1800,
      minInterval: 900,
      warning: 'no!',
      seeders: 3,
      leechers: 4,
      trackerId: Uint8Array.from(Buffer.from('ab')),
    },
  },
  { name: 'an interval alone', text: 'd8:intervali60ee', differs: { interval: 60 } },
  { name: 'peers alone', text: `d5:peers6:${compact}e`, differs: { peers: [one] } },
  { name: 'IPv6 peers alone', text: `d6:peers618:${compact6}e`, differs: { peers: [two] } },
  { name: 'both families', text: `d5:peers6:${compact}6:peers618:${compact6}e`, differs: { peers: [one, two] } },
  {
    name: 'dictionaries of both families, a name, a port that is none, and no address',
    text: `d5:peersl${[
      'd2:ip8:10.0.0.17:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti6881ee',
      'd2:ip11:2001:db8::14:porti6882ee',
      'd2:ip12:peer.example4:porti6881ee',
      'd2:ip8:10.0.0.24:porti65536ee',
      'd2:ip8:10.0.0.24:port4:6881e',
      'd4:porti6881ee',
    ].join('')}ee`,
    differs: { peers: [one, two] },
  },
  {
    name: "keys out of order, an id of another name, and a mapped address, as qBittorrent's tracker has it",
    text: 'd8:intervali60e5:peersld2:id2:xy2:ip15:::ffff:10.0.0.14:porti6881eee8:completei1ee',
    differs: { interval: 60, peers: [one], seeders: 1 },
  },
  { name: 'a line break behind it', text: 'd8:intervali120e5:peerslee\r\n', differs: { interval: 120 } },
  {
    name: 'numbers and texts that are none',
    text: 'd8:complete1:x10:incompletei-1e8:intervali-5e12:min interval3:9005:peers0:10:tracker idi1e15:warning messageli1eee',
    differs: {},
  },
  { name: 'an interval that no number holds', text: `d8:intervali${'9'.repeat(20)}e5:peers0:e`, differs: {} },
  { name: 'a status that tells of an error', text: 'd8:intervali60ee', status: 404, differs: { interval: 60 } },
  {
    name: 'a warning meant to harm the terminal',
    text: 'd5:peers0:15:warning message8:\x1b[2J\n\xc3\xa4 e',
    differs: { warning: '\\u001b[2J\\nä' },
  },
];
for (const { name, text, status = 200, differs } of answers) {
  test(`answer: ${name}`, () => assert.deepEqual(read(text, status), { ...nothing, ...differs }));
}

const failures: { name: string; text: string; reason: string; retryIn?: number | 'never' }[] = [
  { name: 'a reason', text: 'd14:failure reason4:No. e', reason: 'No.' },
  { name: 'beside peers', text: 'd14:failure reason3:No.8:intervali1e5:peers0:e', reason: 'No.' },
  { name: 'an empty reason', text: 'd14:failure reason0:e', reason: 'refused without a reason' },
  { name: 'a reason that is a number', text: 'd14:failure reasoni1ee', reason: 'refused without a reason' },
  { name: 'try again', text: 'd14:failure reason3:No.8:retry ini15ee', reason: 'No.', retryIn: 15 },
  { name: 'try again, in digits', text: 'd14:failure reason3:No.8:retry in2:15e', reason: 'No.', retryIn: 15 },
  { name: 'never again', text: 'd14:failure reason3:No.8:retry in5:nevere', reason: 'No.', retryIn: 'never' },
  { name: 'try again, but when?', text: 'd14:failure reason3:No.8:retry ini-1ee', reason: 'No.' },
  { name: 'try again in an age', text: 'd14:failure reason3:No.8:retry ini9999999999ee', reason: 'No.' },
];
for (const { name, text, reason, retryIn } of failures) {
  test(`failure: ${name}`, () => assert.deepEqual(read(text), { kind: 'failure', reason, retryIn }));
}

test('a long reason is cut', () => {
  const reply = parseHttpResponse(encodeFailure('ä'.repeat(201)), 200);
  assert.equal(reply.kind === 'failure' && reply.reason, 'ä'.repeat(200));
});

const faults: { fault: string; text: string; status?: number; says: RegExp }[] = [
  { fault: 'nothing', text: '', says: /no bencode/ },
  { fault: 'a page', text: '<html>', says: /no bencode/ },
  { fault: 'a page with status 404', text: '<html>', status: 404, says: /^status 404$/ },
  { fault: 'an empty dictionary with status 500', text: 'de', status: 500, says: /^status 500$/ },
  { fault: 'a list', text: 'le', says: /no dictionary/ },
  { fault: 'a dictionary that is cut', text: 'd8:intervali60e', says: /no bencode/ },
  { fault: 'a key twice', text: 'd8:intervali60e8:intervali60ee', says: /twice/ },
  { fault: 'a dictionary of nothing', text: 'de', says: /neither peers nor an interval/ },
  { fault: 'the answer to a scrape', text: 'd5:filesdee', says: /neither peers nor an interval/ },
  { fault: 'a peer cut short', text: 'd5:peers5:abcdee', says: /5 bytes are no list/ },
  { fault: 'an IPv6 peer cut short', text: 'd6:peers66:abcdefe', says: /6 bytes are no list/ },
  { fault: 'a number of peers', text: 'd5:peersi5ee', says: /string or a list/ },
  { fault: 'a dictionary of peers', text: 'd5:peersdee', says: /string or a list/ },
  { fault: 'peers that are strings', text: 'd5:peersl6:abcdefee', says: /must be a dictionary/ },
];
for (const { fault, text, status, says } of faults) {
  test(`${fault} is no answer`, () =>
    assert.throws(
      () => read(text, status),
      (error) => error instanceof TrackerError && error.code === 'bad-answer' && says.test(error.message),
    ));
}

test('peers are taken up to a limit, of all lists together; so is the id of the tracker', () => {
  const peers6 = Buffer.from(compact6.repeat(300), 'latin1');
  const peers = Array(300).fill({ ip: '10.0.0.1', port: 6881 });
  for (const [bytes, id] of [
    [responseLimits.trackerIdBytesMax, true],
    [responseLimits.trackerIdBytesMax + 1, false],
  ] as const) {
    const reply = parseHttpResponse(encodeBencode({ peers, peers6, 'tracker id': Buffer.alloc(bytes) }), 200);
    assert.ok(reply.kind === 'peers');
    assert.deepEqual([reply.peers.length, reply.peers.at(-1), reply.trackerId !== undefined], [500, two, id]);
  }
});

test('our client reads what our tracker writes, in both forms', () => {
  const ids = Buffer.alloc(20);
  const ipv4 = { compact: Buffer.from(compact, 'latin1'), ids };
  const ipv6 = { compact: Buffer.from(compact6, 'latin1'), ids };
  const answer = { interval: 1801, seeders: 3, leechers: 4, ipv4, ipv6 };
  const said = { peers: [one, two], interval: 1801, minInterval: 900, seeders: 3, leechers: 4 };
  for (const encode of [encodeCompactAnnounce, encodeDictionaryAnnounce]) {
    assert.deepEqual(parseHttpResponse(encode(answer, Uint8Array.of(10, 0, 0, 9)), 200), { ...nothing, ...said });
  }
});
