import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recorded } from '../../../bytes/trace.testing.ts';
import { observeRequest, observeResponse } from './trace.ts';
import { announceRequest, connectRequest, scrapeRequest } from './udp.testing.ts';
import { encodeAnnounce, encodeConnect, encodeError, encodeScrape } from './write.ts';

const id = Buffer.from('0123456789abcdef', 'hex');
const infoHash = 'ab'.repeat(20);
const path = Buffer.from('\x02\x09/a?sesame\x00\x01', 'latin1');
const announce = announceRequest({ id, infoHash, left: 2n ** 53n, event: 2, wanted: 500 });
const peers = { compact: Buffer.from('7f0000011ae10a0000011ae2', 'hex'), ids: Buffer.alloc(0) };
const none = { compact: Buffer.alloc(0), ids: Buffer.alloc(0) };
const found = { interval: 1800, seeders: 2, leechers: 3, ipv4: peers, ipv6: none };

const requests: readonly { name: string; datagram: Buffer; lines: readonly string[] }[] = [
  {
    name: 'connect',
    datagram: connectRequest(7),
    lines: [
      '> 000000  protocol_id     0000041727101980',
      '> 000008  action          0=connect',
      '> 000012  transaction_id  7',
    ],
  },
  {
    name: 'an announce, with the path of the URL',
    datagram: Buffer.concat([announce, path]),
    lines: [
      '> 000000  connection_id   0123456789abcdef',
      '> 000008  action          1=announce',
      '> 000012  transaction_id  5',
      `> 000016  info_hash       ${infoHash}`,
      '> 000036  peer_id         "-XX0001-abcdefghijkl"',
      '> 000056  downloaded      0',
      '> 000064  left            9007199254740992',
      '> 000072  uploaded        0',
      '> 000080  event           2=started',
      '> 000084  IP address      0=ignored',
      '> 000088  key             4 bytes',
      '> 000092  num_want        500=200',
      '> 000096  port            6881',
      '> 000098  option          2=URLData',
      '> 000099  length          9',
      '> 000100  URLData         9 bytes',
      '> 000109  options         2 bytes',
    ],
  },
  {
    name: 'scrape',
    datagram: Buffer.concat([scrapeRequest([infoHash], id), Buffer.of(1)]),
    lines: [
      '> 000000  connection_id   0123456789abcdef',
      '> 000008  action          2=scrape',
      '> 000012  transaction_id  6',
      `> 000016  info_hash       ${infoHash}`,
      '> 000036  info_hash       01',
    ],
  },
  {
    name: 'an unknown action',
    datagram: Buffer.from(announceRequest({ id })).fill(9, 8, 12).subarray(0, 20),
    lines: [
      '> 000000  connection_id   0123456789abcdef',
      '> 000008  action          151587081=unknown',
      '> 000012  transaction_id  5',
      '> 000016  rest            4 bytes',
    ],
  },
  { name: 'garbage', datagram: Buffer.from('hello'), lines: ['> 000000  datagram        "hello"'] },
  { name: 'an option that is cut', datagram: Buffer.concat([announce, Buffer.of(2)]), lines: [] },
];
for (const { name, datagram, lines } of requests) {
  test(`request: ${name}`, () => {
    const recorded = new Recorded();
    observeRequest(datagram, recorded.observe);
    if (lines.length > 0) assert.deepEqual(recorded.lines, lines);
    assert.equal(recorded.bytes.length, datagram.length);
  });
}

const responses: readonly { name: string; datagram: Buffer; family?: 'ipv6'; fields: readonly string[] }[] = [
  {
    name: 'connect',
    datagram: encodeConnect(connectRequest(7), id),
    fields: ['action 0=connect', 'transaction_id 7', 'connection_id 0123456789abcdef'],
  },
  {
    name: 'announce',
    datagram: encodeAnnounce(announce, found, peers),
    fields: [
      'action 1=announce',
      'transaction_id 5',
      'interval 1800',
      'leechers 3',
      'seeders 2',
      'ip:port 7f0000011ae1',
      'ip:port 0a0000011ae2',
    ],
  },
  {
    name: 'announce over IPv6',
    datagram: encodeAnnounce(
      announce,
      { ...found, ipv6: { ...none, compact: Buffer.alloc(18) } },
      {
        ...none,
        compact: Buffer.alloc(18),
      },
    ),
    family: 'ipv6',
    fields: [
      'action 1=announce',
      'transaction_id 5',
      'interval 1800',
      'leechers 3',
      'seeders 2',
      `ip:port ${'00'.repeat(18)}`,
    ],
  },
  {
    name: 'scrape',
    datagram: encodeScrape(scrapeRequest([infoHash], id), [{ seeders: 1, completed: 2, leechers: 3 }]),
    fields: ['action 2=scrape', 'transaction_id 6', 'seeders 1', 'completed 2', 'leechers 3'],
  },
  {
    name: 'error',
    datagram: encodeError(announce, 'bad connection id'),
    fields: ['action 3=error', 'transaction_id 5', 'message "bad connection id"'],
  },
  { name: 'garbage', datagram: Buffer.from('hi'), fields: ['datagram "hi"'] },
];
for (const { name, datagram, family = 'ipv4', fields } of responses) {
  test(`response: ${name}`, () => {
    const recorded = new Recorded('<');
    observeResponse(datagram, family, recorded.observe);
    assert.deepEqual(recorded.fields, fields);
    assert.equal(recorded.bytes, datagram.toString('latin1'));
  });
}
