import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIp, isAnyIp, isLoopbackHost, isLoopbackIp, isSameIp, parseIp, socketAddress } from './ip.ts';

const addresses: { text: string; hex: string; shown?: string }[] = [
  { text: '127.0.0.1', hex: '7f000001' },
  { text: '0.0.0.0', hex: '00000000' },
  { text: '255.255.255.255', hex: 'ffffffff' },
  { text: '::', hex: '00000000000000000000000000000000' },
  { text: '::1', hex: '00000000000000000000000000000001' },
  { text: '1::', hex: '00010000000000000000000000000000' },
  { text: '2001:db8::a0b:c', hex: '20010db8000000000000000000000000'.replace(/.{8}$/, '0a0b000c') },
  { text: '1:2:3:4:5:6:7:8', hex: '00010002000300040005000600070008' },
  { text: '1:0:2::3', hex: '00010000000200000000000000000003' },
  { text: '1:0:2:3:4:5:6:7', hex: '00010000000200030004000500060007' },
  { text: '1::2:0:0:3', hex: '00010000000000000002000000000003' },
  { text: '10:0:0:1::', hex: '00100000000000010000000000000000' },
  { text: '64:ff9b::1.2.3.4', hex: '0064ff9b000000000000000001020304', shown: '64:ff9b::102:304' },
  { text: 'FE80::ABCD%eth0', hex: 'fe80000000000000000000000000abcd', shown: 'fe80::abcd' },
  { text: '::ffff:127.0.0.1', hex: '7f000001', shown: '127.0.0.1' },
  { text: '::ffff:7f00:1', hex: '7f000001', shown: '127.0.0.1' },
];
for (const { text, hex, shown = text } of addresses) {
  test(`${text} is ${hex}`, () => {
    const address = parseIp(text);
    assert.equal(Buffer.from(address ?? []).toString('hex'), hex);
    assert.equal(formatIp(Buffer.from(hex, 'hex')), shown);
  });
}

const noAddresses = [
  ...['', '1', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1..2.3', '.1.2.3', '1.2.3.', '01.2.3.4', '1.2.3.4 ', 'a.b.c.d'],
  ...[':', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '1:2:3:4::5:6:7:8', '12345::', 'g::'],
  ...['1.2.3.4::', '::1.2.3', '::1.2.3.4:5', '1:2:3:4:5:6:7:1.2.3.4'],
];
for (const text of noAddresses) {
  test(`"${text}" is no address`, () => assert.equal(parseIp(text), undefined));
}

test('addresses are compared by their bytes', () => {
  const [loopback, any, other] = ['127.0.0.1', '0.0.0.0', '::1'].map((text) => parseIp(text) as Uint8Array) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  assert.ok(isSameIp(loopback, Uint8Array.of(127, 0, 0, 1)));
  assert.ok(!isSameIp(loopback, any) && !isSameIp(any, other));
  assert.deepEqual([loopback, any, other].map(isAnyIp), [false, true, false]);
});

test('loopback is 127.0.0.0/8 and ::1', () => {
  const isLoopback = (text: string) => isLoopbackIp(parseIp(text) as Uint8Array);
  assert.deepEqual(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(isLoopback), [true, true, true, true]);
  assert.deepEqual(['128.0.0.1', '10.0.0.1', '::', '::2', '7f00::1'].map(isLoopback), [
    false,
    false,
    false,
    false,
    false,
  ]);
});

const hosts: { host: string; loopback: boolean }[] = [
  { host: 'localhost', loopback: true },
  { host: 'LOCALHOST', loopback: true },
  { host: '127.0.0.1', loopback: true },
  { host: '127.255.1.2', loopback: true },
  { host: '::1', loopback: true },
  { host: '[::1]', loopback: true },
  { host: '0:0:0:0:0:0:0:1', loopback: true },
  { host: '::ffff:127.0.0.1', loopback: true },
  { host: '128.0.0.1', loopback: false },
  { host: '::ffff:10.0.0.1', loopback: false },
  { host: '127.0.0.1.example.org', loopback: false },
  { host: '127.example', loopback: false },
  { host: '0.0.0.0', loopback: false },
  { host: '::', loopback: false },
  { host: '', loopback: false },
];
for (const { host, loopback } of hosts) {
  test(`"${host}" is ${loopback ? '' : 'not '}this machine alone`, () => assert.equal(isLoopbackHost(host), loopback));
}

const shown: { address: string | undefined; is: string }[] = [
  { address: '::ffff:192.0.2.1', is: '192.0.2.1' },
  { address: '192.0.2.1', is: '192.0.2.1' },
  { address: '2001:db8::1', is: '2001:db8::1' },
  { address: '::ffff:0:1', is: '::ffff:0:1' },
  { address: undefined, is: '' },
];
for (const { address, is } of shown) {
  test(`the other end of a socket at ${address} is at "${is}"`, () => assert.equal(socketAddress(address), is));
}
