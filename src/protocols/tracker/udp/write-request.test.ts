import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAnnounce } from '../client-announce.testing.ts';
import type { AnnounceEvent } from '../types.ts';
import { kindOf, readAnnounce } from './read.ts';
import { encodeAnnounceRequest, encodeConnectRequest } from './write-request.ts';

const head = { connectionId: Buffer.from('0102030405060708', 'hex'), transaction: 0xfffefdfc };

test('connect', () => {
  assert.equal(encodeConnectRequest(0xfffefdfc).toString('hex'), '00000417271019800000000' + '0fffefdfc');
});

test('announce: every field in its place', () => {
  const request = encodeAnnounceRequest(head, clientAnnounce({ event: 'started', leftBytes: 2 ** 40 }));
  assert.equal(
    request.toString('hex'),
    [
      '0102030405060708',
      '00000001',
      'fffefdfc',
      '123456789abcdef123456789abcdef123456789a',
      Buffer.from('-RV0100-abc.~_-()/&=').toString('hex'),
      '0000000000000002',
      '0000010000000000',
      '0000000000000001',
      '00000002',
      '00000000',
      '00000abc',
      '00000032',
      '1ae1',
    ].join(''),
  );
});

const options: { name: string; path: string | undefined; hex: string }[] = [
  { name: 'no path', path: undefined, hex: '' },
  { name: 'an empty one', path: '', hex: '' },
  { name: 'a path', path: '/a?b', hex: '02042f613f62' },
  { name: '255 bytes', path: 'a'.repeat(255), hex: `02ff${'61'.repeat(255)}` },
  { name: 'one more', path: 'a'.repeat(256), hex: `02ff${'61'.repeat(255)}020161` },
];
for (const { name, path, hex } of options) {
  test(`announce to a URL with ${name} (BEP 41)`, () => {
    const request = encodeAnnounceRequest(path === undefined ? head : { ...head, path }, clientAnnounce());
    assert.equal(request.toString('hex', 98), hex);
  });
}

test('our tracker reads what our client writes', () => {
  assert.equal(kindOf(encodeConnectRequest(1)), 'connect');
  for (const event of ['none', 'started', 'completed', 'stopped'] satisfies AnnounceEvent[]) {
    const said = clientAnnounce({ event, leftBytes: 0, wanted: 7, port: 65_535 });
    const request = encodeAnnounceRequest({ ...head, path: '/announce' }, said);
    assert.equal(kindOf(request), 'announce');
    const { infoHash, peerId, ...rest } = readAnnounce(request);
    assert.deepEqual([infoHash, peerId], [Buffer.from(said.infoHash).toString('hex'), said.peerId]);
    const expected = { port: 65_535, seeder: true, event, wanted: 7, bothFamilies: false, withIds: false };
    assert.deepEqual(rest, expected);
  }
});
