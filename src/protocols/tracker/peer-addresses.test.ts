import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrackerError } from './errors.ts';
import { parseCompactPeers, peerAt } from './peer-addresses.ts';

const mapped = '00000000000000000000ffff0a000001';
const lists: { name: string; family: 'ipv4' | 'ipv6'; hex: string; peers: string[] }[] = [
  { name: 'nobody', family: 'ipv4', hex: '', peers: [] },
  {
    name: 'two',
    family: 'ipv4',
    hex: '0a0000011ae1' + 'ffffff01ffff',
    peers: ['10.0.0.1 6881', '255.255.255.1 65535'],
  },
  { name: 'IPv6', family: 'ipv6', hex: '20010db80000000000000000000000011ae1', peers: ['2001:db8::1 6881'] },
  { name: 'IPv4 as IPv6', family: 'ipv6', hex: `${mapped}1ae1`, peers: ['10.0.0.1 6881'] },
  { name: 'without a port', family: 'ipv4', hex: '0a0000010000' + '0a0000021ae1', peers: ['10.0.0.2 6881'] },
  { name: 'an SSH server', family: 'ipv4', hex: '0a0000010016', peers: [] },
  { name: 'without an address', family: 'ipv4', hex: '000000001ae1', peers: [] },
  { name: 'without an IPv6 address', family: 'ipv6', hex: `${'00'.repeat(16)}1ae1`, peers: [] },
];
for (const { name, family, hex, peers } of lists) {
  test(`peers: ${name}`, () => {
    const read = parseCompactPeers(Buffer.from(hex, 'hex'), family);
    assert.deepEqual(
      read.map(({ address, port }) => `${address} ${port}`),
      peers,
    );
  });
}

test('500 peers at most', () => {
  for (const count of [500, 501]) {
    const bytes = Buffer.alloc(count * 6, Buffer.from('0a0000011ae1', 'hex'));
    assert.equal(parseCompactPeers(bytes, 'ipv4').length, 500);
  }
});

for (const [family, bytes] of [
  ['ipv4', 5],
  ['ipv4', 7],
  ['ipv6', 17],
  ['ipv6', 6],
] as const) {
  test(`${bytes} bytes are no list of ${family}`, () =>
    assert.throws(
      () => parseCompactPeers(Buffer.alloc(bytes, 1), family),
      (error) => error instanceof TrackerError && error.code === 'bad-answer',
    ));
}

const single: { text: string; port: number; address: string | undefined }[] = [
  { text: '10.0.0.1', port: 1024, address: '10.0.0.1' },
  { text: '2001:DB8:0:0::1', port: 65_535, address: '2001:db8::1' },
  { text: '::ffff:10.0.0.1', port: 6881, address: '10.0.0.1' },
  { text: 'peer.example', port: 6881, address: undefined },
  { text: '10.0.0.256', port: 6881, address: undefined },
  { text: '', port: 6881, address: undefined },
  { text: '10.0.0.1', port: 0, address: undefined },
  { text: '10.0.0.1', port: 65_536, address: undefined },
  { text: '10.0.0.1', port: -1, address: undefined },
];
for (const { text, port, address } of single) {
  test(`"${text}", port ${port}: ${address ?? 'nobody'}`, () =>
    assert.deepEqual(peerAt(text, port), address === undefined ? undefined : { address, port }));
}
