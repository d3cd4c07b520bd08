/** `--trace` of the real programs: each protocol is spoken once, and seen. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectRequest } from '../../src/protocols/tracker/udp/udp.testing.ts';
import { encodeHandshake } from '../../src/protocols/wire/write.ts';
import { curl, curlJson, rivulet, run, serverRoot, startPeer, startServer } from '../programs.testing.ts';

/** Says `text` to a server at `address`, and settles with all that it answers before it closes the connection. */
async function converse(address: string, text: string | Buffer): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  socket.end(text);
  let answer = '';
  for await (const bytes of socket) answer += bytes;
  return answer;
}

async function askByUdp(port: number, datagram: Buffer): Promise<void> {
  const socket = createSocket('udp4');
  socket.send(datagram, port, '127.0.0.1');
  await once(socket, 'message');
  socket.close();
}

test('every protocol is seen in the trace of a server, and nothing secret', async (t) => {
  const server = await startServer(t, serverRoot(t), '--trace');
  const peer = await startPeer(t, server, 'p1', '--trace', '--udp', `127.0.0.1:${server.udpPort}`);
  const upload = ['-d', 'ten bytes!', '-H', 'Authorization: Bearer sesame', `${server.url}/upload?name=a`];
  await curl(...upload);
  const { files } = await curlJson<{ files: { id: string }[] }>(`${server.url}/files`);
  const id = files[0]?.id ?? '';
  const hash = id.replace(/../g, '%$&');
  await curl(`${server.url}/announce?info_hash=${hash}&peer_id=-XX0001-abcdefghijkl&port=7001&left=0&key=sesame`);
  await askByUdp(server.udpPort, connectRequest(7));
  await converse(server.directory, 'list-users\nquit\n');
  const got = await run(rivulet, ['get', id, '--server', server.url, '-o', join(server.root, 'got'), '--trace=wire']);
  assert.equal(got.code, 0);
  const handshake = encodeHandshake({
    capabilities: { extended: false, fast: false, v2: false },
    infoHash: Buffer.from(id, 'hex'),
    peerId: Buffer.from('-XX0001-abcdefghijkl'),
  });
  await converse(server.wire, handshake);

  const remote = '127\\.0\\.0\\.1:\\d+';
  const seen: readonly RegExp[] = [
    new RegExp(`^http ${remote} > 000000  method          "POST"$`),
    new RegExp(`^http ${remote} < 000000  HTTP-version    "HTTP/1.1"$`),
    new RegExp(`^http ${remote} > \\d{6}  field-value     13 bytes$`),
    /^tracker 127\.0\.0\.1 > 000000 {2}info_hash /,
    /^tracker 127\.0\.0\.1 > \d{6} {2}peer_id {9}"-XX0001-abcdefghijkl"$/,
    /^tracker 127\.0\.0\.1 > \d{6} {2}key {13}10 bytes$/,
    /^tracker 127\.0\.0\.1 < \d{6} {2}interval {8}\d+$/,
    new RegExp(`^tracker ${remote} > 000008  action          0=connect$`),
    new RegExp(`^tracker ${remote} < 000008  connection_id   [0-9a-f]{16}$`),
    new RegExp(`^register ${remote} > 000009  peer-id         p1$`),
    new RegExp(`^register ${remote} < 000000  verb            OK$`),
    /^ipc p1 > 000000 {2}verb {12}HELLO$/,
    /^ipc p1 > \d{6} {2}payload {9}10 bytes$/,
    /^ipc p1 < \d{6} {2}peer {12}p1$/,
    new RegExp(`^wire ${remote} > 000000  pstrlen         19$`),
    new RegExp(`^wire ${remote} > 000048  peer_id         "-XX0001-abcdefghijkl"$`),
    new RegExp(`^wire ${remote} < 000028  info_hash       ${id}$`),
    new RegExp(`^wire ${remote} > \\d{6}  id              6=request$`),
    new RegExp(`^wire ${remote} < \\d{6}  block           10 bytes$`),
    new RegExp(`^directory ${remote} > 000000  line            list-users$`),
    new RegExp(`^directory ${remote} < \\d{6}  line            "OK bye"$`),
  ];
  for (const form of seen) await server.line(form);
  assert.ok(!server.errors.some((line) => line.includes('sesame') && !line.includes('request-target')));
  assert.match(got.stderr, new RegExp(`^wire ${server.wire} < \\d{6}  block           10 bytes$`, 'm'));
  await peer.line(/^register 127\.0\.0\.1:\d+ < 000000 {2}verb {12}OK$/);

  const ofIpc = (lines: readonly string[]) => lines.filter((line) => line.startsWith('ipc p1 > '));
  const theirs = ofIpc(peer.errors);
  assert.ok(theirs.length > 10);
  assert.deepEqual(theirs, ofIpc(server.errors).slice(0, theirs.length));
});

test('a trace of some protocols shows no others', async (t) => {
  const server = await startServer(t, serverRoot(t), '--trace=ipc,directory');
  await curl(`${server.url}/files`);
  await startPeer(t, server, 'p1');
  await converse(server.directory, 'quit\n');
  await server.line(/^directory /);
  await server.line(/^ipc p1 /);
  assert.ok(!server.errors.some((line) => /^(?:http|register|tracker|wire) /.test(line)));
});

test('a protocol that there is not is a usage error', async () => {
  const { code, stderr } = await run(rivulet, ['server', '--trace=wire,smtp']);
  assert.equal(code, 2);
  assert.equal(stderr, 'rivulet: --trace knows http, tracker, wire, ipc, register, directory, not "smtp"\n');
});
