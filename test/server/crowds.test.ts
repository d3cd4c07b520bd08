/** One address that takes all it can get of the directory and of `/events`: others still come in. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { rivulet, serverRoot, startProgram, startServer } from '../programs.testing.ts';

/** Descriptors of the server: the directory gets half of them as places, and one address 32 of those. */
const descriptors = 256;
const places = 128;
const share = 32;

/** The address of a directory whose server has few descriptors. */
async function smallDirectory(t: TestContext): Promise<{ host: string; port: number }> {
  const limited = [`ulimit -n ${descriptors} && exec "$0" "$@"`, rivulet, 'server', '--root', serverRoot(t)];
  const server = startProgram(t, 'sh', ['-c', ...limited]);
  await server.line(/^ready$/);
  const [, host = '', port] = await server.line(/^directory (\S+):(\d+)$/);
  return { host, port: Number(port) };
}

class Client {
  readonly socket: Socket;
  readonly ended: Promise<void>;
  received = '';

  constructor(t: TestContext, options: { host: string; port: number; localAddress: string }) {
    this.socket = connect(options);
    t.after(() => this.socket.destroy());
    // Who is refused may be cut while it still speaks.
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => {
      this.received += bytes;
    });
    this.ended = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  /** Sends a line; gives the first line that comes, or what came before the end. */
  async say(line: string): Promise<string> {
    this.socket.write(`${line}\n`);
    while (!this.received.includes('\n') && !this.socket.closed)
      await Promise.race([once(this.socket, 'data').catch(() => {}), this.ended]);
    return this.received.split('\n')[0] ?? '';
  }
}

test('one address cannot fill the directory, and who has no name makes room', async (t) => {
  const address = await smallDirectory(t);
  const from = (host: number): Client => new Client(t, { ...address, localAddress: `127.0.0.${host}` });
  const register = (client: Client, name: string) => client.say(`register-user ${name} 9000`);
  for (let index = 0; index < share; index += 1) assert.match(await register(from(2), `a${index}`), /^OK/);
  assert.match(await register(from(2), 'onemore'), /^ERR full 127\.0\.0\.2 has 32 connections/);
  for (const host of [3, 4])
    for (let index = 0; index < share; index += 1) assert.match(await register(from(host), `b${host}x${index}`), /^OK/);
  const silent: Client[] = [];
  for (let count = 3 * share; count < places; count += 1) {
    const client = from(5);
    assert.match(await client.say('help'), /^register-user/);
    silent.push(client);
  }
  for (const [index] of silent.entries()) assert.match(await register(from(6), `c${index}`), /^OK/);
  await Promise.all(silent.map(({ ended }) => ended));
  assert.match(silent[0]?.received ?? '', /ERR full somebody needs the place/);
  // The control: all have names now, and names are kept.
  assert.match(await register(from(7), 'late'), /^ERR full there are too many connections/);
});

/** Subscribes to `/events` from `localAddress`; gives the status, and the end of the stream. */
async function subscribe(t: TestContext, url: string, localAddress: string) {
  const request: ClientRequest = get(`${url}/events?topics=peers`, { localAddress, agent: false });
  t.after(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  const ended = new Promise<void>((resolve) => response.once('close', () => resolve()));
  response.resume();
  return { status: response.statusCode, ended };
}

test('one address that has all places of /events gives up its oldest for another one', async (t) => {
  const { url } = await startServer(t, serverRoot(t));
  const greedy = [];
  for (let count = 0; count < 256; count += 1) greedy.push(await subscribe(t, url, '127.0.0.2'));
  // The control: nobody has more than this address itself, so there is no place for it.
  assert.equal((await subscribe(t, url, '127.0.0.2')).status, 503);
  const other = await subscribe(t, url, '127.0.0.3');
  assert.equal(other.status, 200);
  await greedy[0]?.ended;
  assert.equal((await subscribe(t, url, '127.0.0.2')).status, 503, 'who was sent away does not send others away');
});
