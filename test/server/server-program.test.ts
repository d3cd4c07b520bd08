/** `rivulet server` as a process: flags, configuration, signals, exit codes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import { curl, curlStatus, rivulet, run, serverRoot, startPeer, startServer } from '../programs.testing.ts';

const badConfigs: { name: string; text: string; says: RegExp }[] = [
  { name: 'not JSON', text: '{\n  "replicas": 2,,\n}', says: /config\.json:2:\d+: / },
  { name: 'an unknown key', text: '{"replica":2}', says: /\/replica: .*did you mean "replicas"\?/ },
  { name: 'a wrong type', text: '{"http":{"port":"80"}}', says: /\/http\/port: expected .*, found "80"/ },
  { name: 'an impossible value', text: '{"piece_size":3000}', says: /\/piece_size: expected a power of two/ },
];
for (const { name, text, says } of badConfigs) {
  test(`a configuration that is ${name}: exit 78, and it is told where`, async (t) => {
    const root = serverRoot(t);
    writeFileSync(join(root, 'config.json'), text);
    const { code, stderr } = await run(rivulet, ['server', '--root', root]);
    assert.equal(code, 78);
    assert.match(stderr, says);
  });
}

test('a log file that cannot be opened is a fault of the configuration', async (t) => {
  const root = serverRoot(t, { logging: { output: 'peers' } });
  const { code, stderr } = await run(rivulet, ['server', '--root', root]);
  assert.equal(code, 78);
  assert.match(stderr, /\/logging\/output: .*EISDIR/);
});

test('the doors are printed one a line, then ready', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const [http, udp, wire, directory, ready] = server.lines;
  assert.match(http ?? '', /^http http:\/\/127\.0\.0\.1:\d+$/);
  assert.match(udp ?? '', /^udp 127\.0\.0\.1:\d+$/);
  assert.match(wire ?? '', /^wire 127\.0\.0\.1:\d+$/);
  assert.match(directory ?? '', /^directory 127\.0\.0\.1:\d+$/);
  assert.equal(ready, 'ready');
});

test('--peers starts peers that are ready before the server is, and stops them with it', async (t) => {
  const server = await startServer(t, serverRoot(t), '--peers', '2');
  const { stdout } = await curl('-H', 'Accept: text/plain', `${server.url}/peers`);
  assert.match(stdout.toString(), /^p1 .*online.*\np2 .*online/m);
  assert.equal(await server.end('SIGINT'), 0);
  for (const id of ['p1', 'p2']) {
    assert.deepEqual(readdirSync(join(server.root, 'peers', id)), ['epoch'], 'no FIFO and no lock is left');
  }
});

test('SIGTERM: not ready at once, what is under way is finished, exit 0', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const { hostname, port } = new URL(server.url);
  const [slow, idle] = [connect(Number(port), hostname), connect(Number(port), hostname)];
  const idleClosed = once(idle, 'close');
  idle.resume();
  slow.write(`PUT /upload/slow HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 10\r\n\r\nfirst`);
  while (readdirSync(join(server.root, 'temp/uploads')).length === 0) await breath();
  const ended = server.end('SIGTERM');
  await idleClosed; // so the server has heard the signal
  assert.equal(await curlStatus(`${server.url}/readyz`), 503);
  assert.equal(await curlStatus(`${server.url}/healthz`), 200);
  assert.equal(await curlStatus(`${server.url}/files`), 503, 'nothing new is begun');
  slow.write('later');
  let answer = '';
  slow.on('data', (chunk) => {
    answer += chunk;
  });
  await once(slow, 'end');
  assert.match(answer, /^HTTP\/1\.1 201 /);
  assert.match(answer, /^Connection: close\r$/im);
  slow.end();
  assert.equal(await ended, 0);
});

test('a second signal ends it at once', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const { hostname, port } = new URL(server.url);
  const [stuck, idle] = [connect(Number(port), hostname), connect(Number(port), hostname)];
  stuck.on('error', () => {}); // it will be reset
  stuck.write(`PUT /upload/stuck HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 10\r\n\r\n`);
  while (readdirSync(join(server.root, 'temp/uploads')).length === 0) await breath();
  const idleClosed = once(idle.resume(), 'close');
  server.child.kill('SIGTERM');
  await idleClosed;
  assert.equal(await server.end('SIGTERM'), 1);
});

test('SIGHUP takes what can change, and a fault changes nothing', async (t) => {
  const root = serverRoot(t);
  const server = await startServer(t, root);
  const config = JSON.parse(readFileSync(join(root, 'config.json'), 'utf8'));
  const foreign = (): Promise<number> => curlStatus('-H', 'Host: nas.lan', `${server.url}/files`);
  const log = (): string => readFileSync(join(root, 'server.log'), 'utf8');
  assert.equal(await foreign(), 421);
  writeFileSync(join(root, 'config.json'), '{"http":');
  server.child.kill('SIGHUP');
  while (!log().includes('was read again and not taken')) assert.equal(await foreign(), 421);
  writeFileSync(
    join(root, 'config.json'),
    JSON.stringify({ ...config, replicas: 3, http: { port: 0, allowed_hosts: ['nas.lan'] } }),
  );
  server.child.kill('SIGHUP');
  while ((await foreign()) !== 200) await breath();
  assert.match(log(), /needs_restart=replicas/);
});

test('another number of I/O threads is another process, which ends with the first', async (t) => {
  const server = await startServer(t, serverRoot(t, { concurrency: { io_threads: 2 } }));
  await startPeer(t, server, 'p1');
  assert.equal(await curlStatus('-d', 'x', `${server.url}/upload?name=x`), 201);
  assert.equal(await server.end('SIGTERM'), 0);
  assert.equal((await curl(`${server.url}/healthz`)).code, 7, 'nobody listens any more');
});

test('on an address that others can reach, changes need the token', async (t) => {
  const server = await startServer(t, serverRoot(t), '--host', '0.0.0.0');
  const url = server.url.replace('0.0.0.0', '127.0.0.1');
  const token = readFileSync(join(server.root, 'metadata/token'), 'utf8').trim();
  assert.equal(await curlStatus('-d', 'x', `${url}/upload?name=x`), 401);
  assert.equal(await curlStatus('-d', 'x', '-H', `Authorization: Bearer ${token}x`, `${url}/upload?name=x`), 401);
  assert.equal(await curlStatus('-d', 'x', '-H', `Authorization: Bearer ${token}`, `${url}/upload?name=x`), 201);
  assert.equal(await curlStatus('-d', 'y', '-u', `ada:${token}`, `${url}/upload?name=y`), 201, 'as a password');
  assert.equal(await curlStatus('-d', 'z', '-u', `${token}:`, `${url}/upload?name=z`), 401);
  const foreign = ['-H', 'Origin: http://evil.example'];
  assert.equal(await curlStatus('-d', 'z', '-u', `ada:${token}`, ...foreign, `${url}/upload?name=z`), 403);
  const { stdout } = await curl('-i', '-d', 'z', `${url}/upload?name=z`);
  assert.match(stdout.toString(), /^WWW-Authenticate: Bearer realm.*\r\n(.*\r\n)*WWW-Authenticate: Basic realm/m);
  assert.equal(await curlStatus(`${url}/files`), 200, 'reading needs none');
});

test('an unknown flag is a usage error', async (t) => {
  const { code, stderr } = await run(rivulet, ['server', '--root', serverRoot(t), '--prot', '1']);
  assert.equal(code, 2);
  assert.match(stderr, /--port/);
});
