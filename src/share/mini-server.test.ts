import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { DirectoryError } from '../protocols/directory/errors.ts';
import { downloadsMax, MiniServer } from './mini-server.ts';
import { identify, OwnFiles, registeredPath } from './own-files.ts';

async function scene(t: TestContext) {
  const folder = tempFolder(t);
  const events: string[] = [];
  const files = new OwnFiles({
    onRegistered: (path) => events.push(`+${path}`),
    onUnregistered: (path) => events.push(`-${path}`),
  });
  const faults: unknown[] = [];
  const server = await MiniServer.open({ host: '127.0.0.1', port: 0, files, onFault: (error) => faults.push(error) });
  t.after(() => server.close());
  const dial = (): Socket => connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  const ask = async (text: string | Buffer): Promise<Buffer> => all(dial().end(text));
  const share = async (name: string, content: string | Buffer): Promise<string> => {
    const path = join(folder, name);
    writeFileSync(path, content);
    files.add(await identify(path));
    return path;
  };
  return { folder, files, events, faults, dial, ask, share };
}

async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

test('a file is given with its size and SHA-256, whole or from an offset on', async (t) => {
  const { ask, share } = await scene(t);
  const path = await share('a', 'hello');
  const head = `OK 5 ${sha256('hello')}\n`;
  assert.equal((await ask(`download ${path}\n`)).toString(), `${head}hello`);
  assert.equal((await ask(`download "${path}" 2\r\n`)).toString(), `${head}llo`);
  assert.equal((await ask(`download ${path} 5\n`)).toString(), head);
  assert.match((await ask(`download ${path} 6\n`)).toString(), /^ERR bad-offset the file has 5 bytes\n$/);
});

test('an empty file is a file', async (t) => {
  const { ask, share } = await scene(t);
  const path = await share('empty', '');
  assert.equal((await ask(`download ${path}\n`)).toString(), `OK 0 ${sha256('')}\n`);
});

const refused: { fault: string; text: string | Buffer; says: RegExp }[] = [
  { fault: 'what is no command', text: 'list-files\n', says: /^ERR unknown-command / },
  { fault: 'an empty line', text: '\n', says: /^ERR unknown-command / },
  { fault: 'HTTP', text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', says: /^ERR unknown-command [^\n]*\n$/ },
  { fault: 'no UTF-8', text: Buffer.from('download /\xe4\n', 'latin1'), says: /^ERR bad-line / },
  { fault: 'a line that is too long', text: `download /${'x'.repeat(5000)}\n`, says: /^ERR too-long / },
  { fault: 'no line at all', text: 'download /a', says: /^$/ },
];
for (const { fault, text, says } of refused) {
  test(`${fault} is answered with one line, and the end`, async (t) => {
    const { ask } = await scene(t);
    assert.match((await ask(text)).toString(), says);
  });
}

test('the hash is made once for each state of the file', async (t) => {
  const { ask, share } = await scene(t);
  const path = await share('a', 'hello');
  await ask(`download ${path}\n`);
  appendFileSync(path, ', you');
  assert.equal((await ask(`download ${path}\n`)).toString(), `OK 10 ${sha256('hello, you')}\nhello, you`);
});

test('many at once get the same', async (t) => {
  const { ask, share } = await scene(t);
  const content = Buffer.alloc(1_000_000, 'rivulet ');
  const path = await share('a', content);
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(`download ${path}\n`)));
  const whole = Buffer.concat([Buffer.from(`OK ${content.length} ${sha256(content)}\n`), content]);
  assert.ok(answers.every((answer) => answer.equals(whole)));
});

for (const [how, change] of [
  ['becomes longer', (path: string) => appendFileSync(path, 'more')],
  ['becomes shorter', (path: string) => truncateSync(path, 20_000_000)],
  ['is written over', (path: string) => writeFileSync(path, Buffer.alloc(40_000_000, 'other'))],
] as const) {
  test(`a file that ${how} while it is sent does not come to its end`, async (t) => {
    const { dial, share, faults } = await scene(t);
    const path = await share('a', Buffer.alloc(40_000_000, 'content '));
    const socket = dial();
    socket.write(`download ${path}\n`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    change(path);
    let received = first.length;
    // Cut off: it may end by a reset.
    await all(socket.resume() as Socket).then(
      (rest) => (received += rest.length),
      (error) => assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET'),
    );
    assert.ok(received < 40_000_000);
    assert.ok(faults[0] instanceof DirectoryError);
  });
}

test('at the limit of downloads, and one past it', async (t) => {
  const { dial, ask, share } = await scene(t);
  const path = await share('a', 'hello');
  const waiting = Array.from({ length: downloadsMax }, dial);
  await Promise.all(waiting.map((socket) => once(socket, 'connect')));
  assert.match((await ask(`download ${path}\n`)).toString(), /^ERR busy /);
  waiting[0]?.end(`download ${path}\n`);
  assert.match((await all(waiting[0] as Socket)).toString(), /hello$/);
  while (/^ERR busy/.test((await ask(`download ${path}\n`)).toString()));
  for (const socket of waiting) socket.destroy();
});

test('who comes and goes is told to whoever listens', async (t) => {
  const { files, events, share, folder } = await scene(t);
  const path = await share('a', 'hello');
  files.add(await identify(path));
  files.remove(path);
  files.remove(path);
  assert.deepEqual(events, [`+${path}`, `-${path}`, `+${path}`, `-${path}`]);
  assert.equal(await registeredPath(path, files), undefined);
  symlinkSync('a', join(folder, 'link'));
  await share('b', readFileSync(path));
  files.add(await identify(join(folder, 'link')));
  assert.deepEqual(files.paths(), [join(folder, 'b'), path]);
  assert.equal(await registeredPath(join(folder, 'link'), files), path);
});
