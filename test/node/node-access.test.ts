/** Who may use a node's API: its own user without anything, everybody else by the token; and what may be shared. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { serverRoot, startServer } from '../programs.testing.ts';
import { type NodeProcess, startNode } from './node.testing.ts';

/** The user "nobody". */
const stranger = 65534;
const isRoot = process.getuid?.() === 0;
if (!isRoot && process.env.CI) throw new Error('run as root: only root can be another user too');
const needsRoot = isRoot ? {} : { skip: 'NOT TESTED: only root can be another user too' };

/** The status of a request by the user `uid`. */
async function statusAs(uid: number | undefined, ...args: string[]): Promise<number> {
  const options = uid === undefined ? {} : { uid, gid: uid };
  const curling = spawn('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', ...args], { cwd: '/', ...options });
  return Number(await text(curling.stdout));
}

async function nodeWith(t: TestContext, ...flags: string[]): Promise<NodeProcess & { root: string }> {
  const server = await startServer(t, serverRoot(t));
  return Object.assign(await startNode(t, server, 'a', ...flags), { root: server.root });
}

test('another user needs the token by every door, and the same user needs nothing', needsRoot, async (t) => {
  const node = await nodeWith(t);
  const secret = join(node.root, 'secret.txt');
  writeFileSync(secret, 'root secret');
  const body = JSON.stringify({ name: secret });
  const tokenFile = join(node.folder, '.rivulet-node', 'token');
  assert.equal(statSync(tokenFile).mode & 0o777, 0o600);
  const bearer = `Authorization: Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
  const doors = [
    ['-d', body, `${node.url}/upload`],
    ['-d', '{"hash": "0"}', `${node.url}/download`],
    [`${node.url}/files`],
    [`${node.url}/files/secret.txt`],
    ['-X', 'DELETE', `${node.url}/files/secret.txt`],
    [`${node.url}/transfers`],
    [`${node.url}/nothing`],
  ];
  for (const door of doors) {
    assert.equal(await statusAs(stranger, ...door), 401, door.join(' '));
    assert.equal(await statusAs(stranger, '-H', 'Authorization: Bearer wrong', ...door), 401, door.join(' '));
    assert.notEqual(await statusAs(stranger, '-H', bearer, ...door), 401, `control, by token: ${door.join(' ')}`);
    assert.notEqual(await statusAs(undefined, ...door), 401, `control, same user: ${door.join(' ')}`);
  }
  assert.equal(await statusAs(stranger, `${node.url}/healthz`), 200);
});

test('a refusal names the token file and the header', needsRoot, async (t) => {
  const node = await nodeWith(t);
  const curling = spawn('curl', ['-s', `${node.url}/files`], { uid: stranger, gid: stranger, cwd: '/' });
  const answer = await text(curling.stdout);
  assert.match(answer, /token-needed/);
  assert.match(answer, /\.rivulet-node\/token.*Authorization: Bearer/);
});

test('a node shares files inside its roots only, and never a state folder', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const root = join(server.root, 'public');
  mkdirSync(join(root, 'deep'), { recursive: true });
  mkdirSync(join(server.root, 'public2'));
  const files = { inside: join(root, 'deep', 'a.txt'), outside: join(server.root, 'b.txt'), beside: '' };
  files.beside = join(server.root, 'public2', 'c.txt');
  for (const path of Object.values(files)) writeFileSync(path, path);
  symlinkSync(files.outside, join(root, 'link.txt'));
  symlinkSync(server.root, join(root, 'up'));
  symlinkSync(files.inside, join(server.root, 'in.txt'));
  const node = await startNode(t, server, 'a', '--share-root', root);
  const open = await startNode(t, server, 'b');
  const share = (at: NodeProcess, name: string) =>
    statusAs(undefined, '-d', JSON.stringify({ name }), `${at.url}/upload`);
  const refused = [files.outside, files.beside, join(root, 'link.txt'), join(root, 'up', 'b.txt')];
  refused.push(`${root}/../b.txt`);
  for (const path of refused) assert.equal(await share(node, path), 403, path);
  for (const path of [files.inside, join(server.root, 'in.txt')])
    assert.ok([200, 201].includes(await share(node, path)));
  assert.equal(await share(open, files.outside), 201, 'control: without roots');
  const token = join(open.folder, '.rivulet-node', 'token');
  symlinkSync(token, join(server.root, 'innocent'));
  for (const path of [token, join(server.root, 'innocent'), join(node.folder, '.rivulet-node', 'token')])
    assert.equal(await share(open, path), 403, path);
  assert.equal(await share(open, '/proc/self/environ'), 409);
});
