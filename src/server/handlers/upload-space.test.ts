/** Enough free space is checked before the first byte: the client is told before it has sent any of the body. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { type FileCalls, nodeFiles } from '../../io/files/calls.ts';
import { silentLog } from '../../io/log.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { loadConfig } from '../config/config.ts';
import { openServer } from '../server.ts';

const room = 4096;
const small: FileCalls = { ...nodeFiles, statfs: async () => ({ bavail: 1, bsize: room }) };

/** A server whose disk has room for `room` bytes, as it says; answers its port. */
async function startServer(t: TestContext, root: string): Promise<number> {
  const { config } = loadConfig({ root });
  const free = { port: 0 };
  const ports = { http: { ...config.http, ...free }, udp: free, wire: free, directory: free };
  const server = await openServer({ config: { ...config, ...ports }, root, log: silentLog, calls: small });
  t.after(async () => {
    await server.drain();
    await server.close();
  });
  await server.becomeReady(t.signal);
  return Number(new URL(String(server.listeners[0]?.address)).port);
}

/** Sends the head alone and answers everything that comes back, when the server has no more to say. */
async function answerTo(port: number, bodyBytes: number, body = ''): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const fields = ['Host: localhost', `Content-Length: ${bodyBytes}`, 'Expect: 100-continue', 'Connection: close'];
  socket.write(`PUT /upload/a.bin HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`);
  return await text(socket);
}

test('a body that does not fit is refused before it is sent', async (t) => {
  const root = tempFolder(t);
  const port = await startServer(t, root);
  const answer = await answerTo(port, room + 1);
  assert.match(answer, /^HTTP\/1\.1 507 /, 'and no 100 before it');
  assert.match(answer, /4097 bytes are announced, and there is room for 4096/);
  assert.deepEqual(readdirSync(join(root, 'temp/uploads')), []);
});

test('control: one that just fits is asked for, and kept', async (t) => {
  const port = await startServer(t, tempFolder(t));
  const answer = await answerTo(port, room, 'x'.repeat(room));
  assert.match(answer, /HTTP\/1\.1 201 /);
});
