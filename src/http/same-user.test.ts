import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SocketEnds } from '../bytes/socket-table.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { requestFor } from './handler.testing.ts';
import type { HttpRequest } from './handler.ts';
import { sameUserCheck } from './same-user.ts';

const local = { address: '127.0.0.1', port: 9001 };
const loopback: SocketEnds = { remote: { address: '127.0.0.1', port: 50000 }, local };
const abroad: SocketEnds = { remote: { address: '192.0.2.1', port: 50000 }, local };
const rows = [
  { name: 'the same user', owner: 1000, passes: true },
  { name: 'root', owner: 0, passes: true },
  { name: 'another user', owner: 1001, passes: false },
  { name: 'a user who cannot be seen', owner: undefined, passes: false },
  { name: 'another user with the token', owner: 1001, authorization: 'Bearer secret', passes: true },
  { name: 'another user with another token', owner: 1001, authorization: 'Bearer public', passes: false },
  { name: 'the same number on another machine', owner: 1000, ends: abroad, passes: false },
  { name: 'the token from another machine', owner: 1000, ends: abroad, authorization: 'Bearer secret', passes: true },
  { name: 'a system without users', owner: 1000, uid: undefined, passes: false },
];

function from(ends: SocketEnds, authorization?: string): HttpRequest {
  const headers = authorization === undefined ? {} : { authorization };
  return { ...requestFor('GET', '/files', { headers }), ends };
}

for (const { name, owner, authorization, ends = loopback, passes, ...row } of rows) {
  test(`${name} ${passes ? 'passes' : 'is refused'}`, async () => {
    const uid = 'uid' in row ? row.uid : 1000;
    // A system without users is told by a null uid, as undefined means our own.
    const rule = { token: 'secret', tokenFile: '/t', ownerOf: async () => owner, uid: uid ?? null };
    const checked = sameUserCheck(rule)(from(ends, authorization));
    if (passes) await checked;
    else await assert.rejects(checked, (error) => error instanceof HttpError && error.answer === 401);
  });
}

test('a connection is looked up once, another one again', async () => {
  let asked = 0;
  const ownerOf = async () => {
    asked += 1;
    return 1000;
  };
  const check = sameUserCheck({ token: 'secret', tokenFile: '/t', ownerOf, uid: 1000 });
  await Promise.all([check(from(loopback)), check(from(loopback))]);
  assert.equal(asked, 1);
  await check(from({ ...loopback }));
  assert.equal(asked, 2);
});
