import assert from 'node:assert/strict';
import test from 'node:test';
import { parseCredentials } from './credentials.ts';

const bearers: readonly { header: string; token: string }[] = [
  { header: 'Bearer secret', token: 'secret' },
  { header: 'bEARER   a-b_c.~+/==', token: 'a-b_c.~+/==' },
];
for (const { header, token } of bearers) {
  test(`credentials: ${header}`, () => assert.deepEqual(parseCredentials(header), { kind: 'bearer', token }));
}

const base64 = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding).toString('base64');

const passwords: readonly { name: string; header: string; password: string }[] = [
  { name: 'the example of RFC 7617 2', header: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', password: 'open sesame' },
  { name: 'UTF-8, the example of RFC 7617 2.1', header: 'Basic dGVzdDoxMjPCow==', password: '123£' },
  { name: 'the scheme in other letters, more spaces', header: 'bAsIc   YTpi', password: 'b' },
  { name: 'no user', header: `Basic ${base64(':b')}`, password: 'b' },
  { name: 'no password', header: `Basic ${base64('a:')}`, password: '' },
  { name: 'colons in the password', header: `Basic ${base64('a:b::c')}`, password: 'b::c' },
];
for (const { name, header, password } of passwords) {
  test(`basic credentials: ${name}`, () => {
    assert.deepEqual(parseCredentials(header), { kind: 'basic', password: Buffer.from(password) });
  });
}

test('basic credentials: a password that is no UTF-8 is taken as it is', () => {
  const credentials = parseCredentials(`Basic ${base64('a:\u00e9', 'latin1')}`);
  assert.deepEqual(credentials, { kind: 'basic', password: Buffer.from([0xe9]) });
});

const malformed: readonly { name: string; header: string }[] = [
  { name: 'nothing', header: '' },
  { name: 'a scheme alone', header: 'Basic' },
  { name: 'a scheme and a space', header: 'Basic ' },
  { name: 'another scheme', header: `Digest ${base64('a:b')}` },
  { name: 'two fields in one', header: `Basic ${base64('a:b')}, Bearer x` },
  { name: 'a tab for the space', header: `Basic\t${base64('a:b')}` },
  { name: 'no colon', header: `Basic ${base64('secret')}` },
  { name: 'no base64', header: 'Basic a:b' },
  { name: 'padding left out', header: 'Basic YTo' },
  { name: 'too much padding', header: 'Basic YTpi=' },
  { name: 'bits in the padding', header: 'Basic YTp=' },
  { name: 'something after the padding', header: 'Basic YTo=YTo=' },
  {
    name: 'the alphabet of base64url',
    header: `Basic ${base64('a:\u00ff\u00ff\u00ff', 'latin1').replaceAll('/', '_')}`,
  },
  { name: 'a control character', header: `Basic ${base64('a:b\n')}` },
];
for (const { name, header } of malformed) {
  test(`no credentials: ${name}`, () => assert.equal(parseCredentials(header), undefined));
}
