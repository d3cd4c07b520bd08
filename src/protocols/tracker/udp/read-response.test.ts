import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrackerError } from '../errors.ts';
import { answers, parseUdpAnnounceResponse, parseUdpConnectResponse } from './read-response.ts';
import { announceRequest, connectRequest } from './udp.testing.ts';
import { encodeAnnounce, encodeConnect, encodeError } from './write.ts';

const id = Buffer.from('0102030405060708', 'hex');
const connect = connectRequest(0xfffefdfc);
const announce = announceRequest({ transaction: 7 });
const nobody = { compact: Buffer.alloc(0), ids: Buffer.alloc(0) };
const counts = { interval: 0xffffffff, seeders: 3, leechers: 2, ipv4: nobody, ipv6: nobody };
const connected = encodeConnect(connect, id);
const announced = encodeAnnounce(announce, counts, nobody);
const longer = (datagram: Buffer): Buffer => Buffer.concat([datagram, Buffer.alloc(3)]);

const datagrams: { name: string; request: Buffer; datagram: Buffer; answers: boolean }[] = [
  { name: 'connected', request: connect, datagram: connected, answers: true },
  { name: 'connected, at length', request: connect, datagram: longer(connected), answers: true },
  { name: 'announced', request: announce, datagram: announced, answers: true },
  { name: 'an error when connecting', request: connect, datagram: encodeError(connect, 'no'), answers: true },
  { name: 'an error when announcing', request: announce, datagram: encodeError(announce, 'no'), answers: true },
  { name: 'an error without a text', request: announce, datagram: encodeError(announce, ''), answers: true },
  { name: 'another transaction', request: connectRequest(1), datagram: connected, answers: false },
  {
    name: 'an error of another transaction',
    request: announceRequest(),
    datagram: encodeError(announce, ''),
    answers: false,
  },
  {
    name: 'another action',
    request: announceRequest({ transaction: 0xfffefdfc }),
    datagram: connected,
    answers: false,
  },
  {
    name: 'an action that there is not',
    request: connect,
    datagram: Buffer.from(connected).fill(9, 0, 4),
    answers: false,
  },
  { name: 'nothing', request: connect, datagram: Buffer.alloc(0), answers: false },
  { name: 'seven bytes', request: announce, datagram: announced.subarray(0, 7), answers: false },
  { name: 'connected, a byte short', request: connect, datagram: connected.subarray(0, 15), answers: false },
  { name: 'announced, a byte short', request: announce, datagram: announced.subarray(0, 19), answers: false },
];
for (const { name, request, datagram, answers: expected } of datagrams) {
  test(`${name}: ${expected ? 'an answer' : 'none'}`, () => assert.equal(answers(request, datagram), expected));
}

test('the connection id', () => {
  assert.deepEqual(parseUdpConnectResponse(longer(connected)), { kind: 'connected', connectionId: id });
});

const lists: { family: 'ipv4' | 'ipv6'; hex: string; address: string }[] = [
  { family: 'ipv4', hex: '0a0000011ae1', address: '10.0.0.1' },
  { family: 'ipv6', hex: '20010db80000000000000000000000011ae1', address: '2001:db8::1' },
];
for (const { family, hex, address } of lists) {
  test(`peers by ${family}`, () => {
    const peers = { compact: Buffer.from(hex, 'hex'), ids: nobody.ids };
    assert.deepEqual(parseUdpAnnounceResponse(encodeAnnounce(announce, counts, peers), family), {
      kind: 'peers',
      peers: [{ address, port: 6881 }],
      interval: 0xffffffff,
      minInterval: undefined,
      warning: undefined,
      seeders: 3,
      leechers: 2,
      trackerId: undefined,
    });
  });
}

test('peers of the other family, and one cut short, are no list', () => {
  for (const bytes of [18 - 1, 18 + 6]) {
    const datagram = Buffer.concat([announced, Buffer.alloc(bytes, 1)]);
    assert.throws(() => parseUdpAnnounceResponse(datagram, 'ipv6'), TrackerError);
  }
});

test('an error is a failure, of connecting and of announcing', () => {
  const failure = (reason: string) => ({ kind: 'failure', reason, retryIn: undefined });
  assert.deepEqual(parseUdpConnectResponse(encodeError(connect, 'no\n')), failure('no'));
  assert.deepEqual(parseUdpAnnounceResponse(encodeError(announce, ''), 'ipv4'), failure('refused without a reason'));
});
