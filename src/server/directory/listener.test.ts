/** The listener with real sockets: clients that come, go, do not read, and are silent. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createDirectoryCounters } from '../../directory/counters.ts';
import { Directory } from '../../directory/directory.ts';
import { silentLog } from '../../io/log.ts';
import { connectionLimits } from './connection.ts';
import { DirectoryListener, directoryListenerLimits } from './listener.ts';

async function openListener(t: TestContext, { connectionsMax = 1000, host = '127.0.0.1' } = {}) {
  const directory = new Directory();
  const counters = createDirectoryCounters();
  let sweep = (): void => {};
  const every = (_ms: number, callback: () => void) => {
    sweep = callback;
    return () => {};
  };
  const options = { host, port: 0, directory, counters, log: silentLog, connectionsMax, clock: { every } };
  const listener = await DirectoryListener.open(options);
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await listener.close();
    closed = true;
  };
  t.after(close);
  /** Lets `ms` pass. */
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += directoryListenerLimits.tickMs) sweep();
  };
  const join = (): Client => new Client(connect({ host: listener.address, port: listener.port, allowHalfOpen: true }));
  return { directory, listener, join, pass, close };
}

class Client {
  readonly socket: Socket;
  received = '';
  /** The end of `received`: a list is megabytes, and each look at them would copy them all. */
  #end = '';
  readonly ended: Promise<unknown>;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    this.ended = once(socket, 'end').then(() => socket.end());
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      this.received += bytes;
      this.#end = `${this.#end}${bytes}`.slice(-2000);
      this.#wake();
    });
  }

  say(text: string): void {
    this.socket.write(text);
  }

  /** Everything since the last time, once the end of it is `form`. */
  async until(form: RegExp): Promise<string> {
    while (!form.test(this.#end)) await new Promise<void>((resolve) => (this.#wake = resolve));
    const text = this.received;
    this.received = '';
    this.#end = '';
    return text;
  }
}

/** Settles once `condition` holds: what it waits for happens in this process. */
async function holds(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

test('a line is answered, whole or byte by byte', async (t) => {
  const { join } = await openListener(t);
  const client = join();
  client.say('register-user ada 9000\r\n');
  assert.equal(await client.until(/\n$/), 'OK ada – 127.0.0.1:9000\n');
  for (const byte of 'list-users\r\0') {
    client.say(byte);
    await new Promise(setImmediate);
  }
  assert.equal(await client.until(/OK.*\n$/), 'ada – 127.0.0.1:9000\nOK 1 user\n');
});

test('an IPv4 client of a listener for both kinds is listed with its IPv4 address', async (t) => {
  const { listener } = await openListener(t, { host: '::' });
  const client = new Client(connect({ host: '127.0.0.1', port: listener.port, allowHalfOpen: true }));
  client.say('register-user ada 9000\n');
  assert.equal(await client.until(/\n$/), 'OK ada – 127.0.0.1:9000\n');
});

test('who ends its side still gets every answer; then it is closed, and its user is gone', async (t) => {
  const { join, directory } = await openListener(t);
  const client = join();
  client.socket.end('register-user ada 9000\nregister ada /a\nlist-files\n');
  await client.ended;
  assert.equal(client.received, 'OK ada – 127.0.0.1:9000\nOK 1 file\nada : /a\nOK 1 file\n');
  await holds(() => directory.userCount === 0);
});

test('a connection that breaks takes its user with it', async (t) => {
  const { join, directory, listener } = await openListener(t);
  const client = join();
  client.say('register-user ada 9000\n');
  await client.until(/\n$/);
  client.socket.resetAndDestroy();
  await holds(() => directory.userCount === 0 && listener.connections === 0);
});

test('quit is answered, and the connection closed', async (t) => {
  const { join } = await openListener(t);
  const client = join();
  client.say('quit\n');
  await client.ended;
  assert.equal(client.received, 'OK bye\n');
});

test('a flood without a line end is cut off', async (t) => {
  const { join } = await openListener(t);
  const client = join();
  client.say('x'.repeat(1024 * 1024));
  await once(client.socket, 'close');
  assert.match(client.received, /^ERR flood|^$/, 'the answer may be lost with what was not read');
});

/** Registers so much that a list of it does not fit into the buffers between two processes. */
function fill(directory: Directory): number {
  let bytes = 0;
  for (let user = 0; user < 40; user += 1) {
    const added = directory.addUser(`u${user}` as never, { address: '127.0.0.1', port: 1 });
    const paths = Array.from({ length: 130 }, (_, file) => `/${'x'.repeat(1500)}/${file}`);
    directory.addFiles(added, paths);
    bytes += paths.join('').length;
  }
  return bytes;
}

test('a long list waits in the server only in part, and goes on when it is taken', async (t) => {
  const { join, directory } = await openListener(t);
  const bytes = fill(directory);
  const [slow, other] = [join(), join()];
  other.say('list-files\n'); // it is kept then, once for all
  await other.until(/OK 5200 files\n$/);
  slow.socket.pause();
  slow.say('list-files\nlist-users\nquit\n');
  const before = process.memoryUsage().arrayBuffers;
  for (let turn = 0; turn < 5; turn += 1) {
    other.say('help\n');
    assert.match(await other.until(/OK\n$/), /^register-user/);
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 4_000_000, 'nothing is held for who does not read');
  slow.socket.resume();
  await slow.ended;
  assert.ok(slow.received.length > bytes);
  assert.match(slow.received, /OK 5200 files\nu0 – [\s\S]*OK 40 users\nOK bye\n$/);
});

test('who reads nothing is cut off after a minute, and who reads slowly is not', async (t) => {
  const { join, directory, listener, pass } = await openListener(t);
  fill(directory);
  const [stuck, slow] = [join(), join()];
  stuck.socket.pause();
  // Four lists: the kernel may take one of them, or two.
  stuck.say('list-files\n'.repeat(4));
  slow.say('list-files\n');
  await slow.until(/x/);
  slow.socket.pause();
  pass(connectionLimits.stuckMs - directoryListenerLimits.tickMs);
  slow.socket.resume();
  await slow.until(/OK 5200 files/);
  pass(directoryListenerLimits.tickMs + connectionLimits.stuckMs);
  await holds(() => listener.connections === 1);
  slow.say('help\n');
  await slow.until(/OK\n$/);
});

test('silence: an hour for who has no name, none for who has', async (t) => {
  const { join, pass, listener } = await openListener(t);
  const [nameless, ada] = [join(), join()];
  ada.say('register-user ada 9000\n');
  await ada.until(/\n$/);
  nameless.say('help\n');
  await nameless.until(/OK\n$/);
  pass(connectionLimits.idleMs - directoryListenerLimits.tickMs);
  assert.equal(listener.connections, 2);
  pass(directoryListenerLimits.tickMs);
  await nameless.ended;
  assert.equal(nameless.received, 'ERR idle nothing was said for an hour\n');
  pass(10 * connectionLimits.idleMs);
  ada.say('list-users\n');
  await ada.until(/OK 1 user\n$/);
});

test('at the limit of connections, and one past it: who has a name stays', async (t) => {
  const { join, listener } = await openListener(t, { connectionsMax: 1 });
  const first = join();
  first.say('register-user ada 9000\n');
  await first.until(/^OK ada .*\n$/);
  const second = join();
  await second.ended;
  assert.equal(second.received, 'ERR full there are too many connections\n');
  first.socket.end();
  await first.ended;
  await holds(() => listener.connections === 0);
  const third = join();
  third.say('help\n');
  await third.until(/OK\n$/);
});

test('when all places are taken a newcomer gets that of who has no name, even if that one reads nothing', async (t) => {
  const { join, listener, directory } = await openListener(t, { connectionsMax: 2 });
  fill(directory);
  const [ada, deaf] = [join(), join()];
  ada.say('register-user ada 9000\n');
  await ada.until(/^OK ada .*\n$/);
  deaf.socket.pause();
  const gone = once(deaf.socket, 'close');
  deaf.say('list-files\n'.repeat(4));
  await holds(() => listener.connections === 2);
  const third = join();
  third.say('register-user bob 9001\n');
  await third.until(/^OK bob .*\n$/);
  assert.equal(listener.connections, 2);
  deaf.socket.resume();
  await gone;
  const fourth = join();
  await fourth.ended;
  assert.match(fourth.received, /^ERR full /);
});

test('when the server stops everybody is told', async (t) => {
  const { join, close } = await openListener(t);
  const client = join();
  client.say('register-user ada 9000\n');
  await client.until(/\n$/);
  await close();
  await client.ended;
  assert.equal(client.received, 'ERR stopping the server stops\n');
});
