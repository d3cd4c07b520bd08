import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAuthority } from './host.ts';

const valid = [
  'localhost',
  'localhost:8080',
  'localhost:', // RFC 3986 3.2.3: the port may be empty
  'localhost:65535',
  'localhost:00080',
  '127.0.0.1:8080',
  '300.300.300.300', // not an address, so a name
  'files.example.org.',
  'under_score.example',
  "a!$&'()*+,;=-~b", // RFC 3986 3.2.2 reg-name
  'caf%C3%A9.example',
  '[::1]',
  '[::1]:8080',
  '[::]',
  '[2001:db8::8:800:200C:417A]',
  '[1:2:3:4:5:6:7:8]',
  '[1:2:3:4:5:6:7::]',
  '[::2:3:4:5:6:7:8]',
  '[::ffff:127.0.0.1]',
  '[1:2:3:4:5:6:127.0.0.1]',
  '[v7.some:thing]', // RFC 3986 3.2.2 IPvFuture
  'a'.repeat(255),
];

for (const text of valid) test(`takes ${text.slice(0, 40)}`, () => assert.ok(isAuthority(text)));

const invalid: [fault: string, text: string][] = [
  ['empty', ''],
  ['port alone', ':8080'],
  ['user information', 'user@localhost'],
  ['user information with a password', 'user:secret@localhost'],
  ['path', 'localhost/'],
  ['query', 'localhost?a'],
  ['fragment', 'localhost#a'],
  ['backslash', 'localhost\\'],
  ['space within', 'local host'],
  ['HTAB within', 'local\thost'],
  ['a list', 'localhost, localhost'],
  ['letters in the port', 'localhost:80a'],
  ['hex port', 'localhost:0x50'],
  ['negative port', 'localhost:-80'],
  ['port 65536', 'localhost:65536'],
  ['a port of many digits', `localhost:${'9'.repeat(400)}`],
  ['two ports', 'localhost:80:80'],
  ['angle brackets', '<localhost>'],
  ['quotes', '"localhost"'],
  ['a byte above 0x7f', 'caf\xe9.example'],
  ['percent without digits', 'local%host'],
  ['percent cut short', 'localhost%4'],
  ['256 characters', 'a'.repeat(256)],
  ['IPv6 without brackets', '::1'],
  ['bracket not closed', '[::1'],
  ['bracket not opened', '::1]'],
  ['empty brackets', '[]'],
  ['text behind the bracket', '[::1]a'],
  ['text before the bracket', 'a[::1]'],
  ['a name in brackets', '[localhost]'],
  ['an IPv4 address in brackets', '[127.0.0.1]'],
  ['seven groups', '[1:2:3:4:5:6:7]'],
  ['nine groups', '[1:2:3:4:5:6:7:8:9]'],
  ['eight groups and ::', '[1:2:3:4::5:6:7:8]'],
  ['two ::', '[1::2::3]'],
  [':::', '[:::1]'],
  ['a group of five digits', '[::12345]'],
  ['a group that is not hex', '[::g]'],
  ['a zone', '[fe80::1%25eth0]'],
  ['IPv4 not at the end', '[::127.0.0.1:1]'],
  ['IPv4 before ::', '[127.0.0.1::]'],
  ['an IPv4 octet of 256', '[::256.0.0.1]'],
  ['an IPv4 octet with a leading zero', '[::127.0.0.01]'],
  ['three IPv4 octets', '[::127.0.1]'],
  ['IPvFuture without an address', '[v7.]'],
];

for (const [fault, text] of invalid) test(`refuses ${fault}`, () => assert.ok(!isAuthority(text)));
