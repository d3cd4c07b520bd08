/** Clients that a server must bear: those that leave in the middle, and those that send nonsense. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { httpStream } from '../../io/net/http-client.ts';
import { bytesOf, type Content } from '../client.ts';
import { pick, type Random } from '../random.ts';

/** The longest wait for a response. */
const timeoutMs = 30_000;

/** Reads `bytes` bytes or a little more of an answer, and is gone. */
export async function leaveDownload(server: string, path: string, bytes: number): Promise<void> {
  const { body } = await httpStream(new URL(path, server), { method: 'GET', timeoutMs });
  let received = 0;
  for await (const chunk of body) {
    received += chunk.length;
    if (received > bytes) return;
  }
}

/** Announces all of `content`, sends `bytes` bytes of it, and is gone. */
export async function leaveUpload(server: string, content: Content, bytes: number): Promise<void> {
  const socket = await open(server);
  socket.write(`POST /upload?name=${content.name} HTTP/1.1\r\nHost: localhost\r\n`);
  socket.write(`Content-Length: ${content.length}\r\n\r\n`);
  await new Promise((resolve) => socket.write(bytesOf(content).subarray(0, bytes), resolve));
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
}

interface Nonsense {
  readonly request: string;
  readonly status: number;
}

const nonsense: readonly Nonsense[] = [
  { request: 'nonsense\r\n\r\n', status: 400 },
  { request: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
  { request: 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', status: 421 },
  { request: 'GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n', status: 404 },
  { request: 'BREW /files HTTP/1.1\r\nHost: localhost\r\n\r\n', status: 501 },
  { request: 'PUT /files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n', status: 405 },
  { request: 'GET /download?file=xyz HTTP/1.1\r\nHost: localhost\r\n\r\n', status: 400 },
  { request: 'POST /upload?name=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n', status: 400 },
  { request: 'POST /upload?name=.. HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc', status: 400 },
  { request: `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, status: 414 },
  {
    request: 'POST /upload?name=a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    status: 400,
  },
];

/** Sends something that no client should; answers what was wrong with the answer. */
export async function sendNonsense(server: string, random: Random): Promise<string | undefined> {
  const { request, status } = pick(random, nonsense);
  const socket = await open(server);
  socket.setTimeout(timeoutMs, () => socket.destroy());
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
    socket.end();
  });
  const closed = once(socket, 'close');
  socket.write(request);
  await closed;
  if (answer.startsWith(`HTTP/1.1 ${status} `)) return undefined;
  const [asked, answered] = [request.slice(0, 60), answer.slice(0, 20)].map((text) => JSON.stringify(text));
  return `${asked} was answered ${answered} instead of ${status}`;
}

async function open(server: string): Promise<Socket> {
  const { hostname, port } = new URL(server);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => {}); // a server that has had enough may reset the connection
  return socket;
}
