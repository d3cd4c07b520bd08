/** The program with a person at it: a terminal that is none, in this process. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { breath } from '../async/breath.testing.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { openDirectory } from './directory.testing.ts';
import { command } from './program.ts';

/** `rivulet share ada` at a terminal; what it shows, and keys. */
function startAtTerminal(folder: string, port: number) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 200 });
  const stderr = new PassThrough();
  let shown = '';
  for (const stream of [stdout, stderr]) stream.on('data', (bytes) => (shown += bytes));
  const flags = {
    server: `127.0.0.1:${port}`,
    port: 0,
    host: undefined,
    map: join(folder, 'map'),
    refresh: 30,
    history: join(folder, 'state', 'history'),
    node: false,
    swarm: undefined,
  };
  const over = command.run({ operands: ['ada'], flags }, { stdin, stdout, stderr, env: {} });
  return {
    over,
    type: (...keys: string[]) => {
      for (const key of keys) stdin.write(key);
    },
    /** The output since the last call, once `form` is part of it. */
    async sees(form: RegExp): Promise<string> {
      while (!form.test(shown)) await breath(1);
      const text = shown;
      shown = '';
      return text;
    },
  };
}

test('a person registers with Tab, looks, and goes; the history stays', async (t) => {
  const { directory, port } = await openDirectory(t);
  const folder = tempFolder(t);
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'plan, big.txt'), 'hello');
  const { over, type, sees } = startAtTerminal(folder, port);
  await sees(/ada> /);
  type(`register ${folder}/fi`, '\t');
  await sees(/files\//);
  type('pl', '\t');
  await sees(/plan, big\.txt"/);
  type('\r');
  await sees(/registered \S+\/files\/plan, big\.txt\n/);
  type('unregister /', '\t');
  await sees(/unregister "\S+ big\.txt"/);
  type('\u0003');
  // Names are completed from the map, which is written when the disk has time for it.
  while (!existsSync(join(folder, 'map'))) await breath(1);
  type('download a', '\t');
  await sees(/download ada /);
  type('/', '\t');
  await sees(/download ada "\S+ big\.txt" /);
  type('\u0003');
  type('nonsense\r');
  await sees(/there is no command "nonsense"/);
  assert.equal(directory.fileCount, 1);
  type('\u0004');
  assert.equal(await over, 0, 'a person has seen what failed');
  assert.match(readFileSync(join(folder, 'state', 'history'), 'utf8'), /^register \S+ big\.txt"\nnonsense\n$/);
  await sees(/$/);
  const again = startAtTerminal(folder, port);
  await again.sees(/ada> /);
  again.type('\u001b[A', '\r');
  await again.sees(/there is no command "nonsense"/);
  again.type('quit\r');
  assert.equal(await again.over, 0);
});

test('a person waits for a directory that is away; Ctrl-C interrupts a download', async (t) => {
  const first = await openDirectory(t);
  await first.close();
  const folder = tempFolder(t);
  const { over, type, sees } = startAtTerminal(folder, first.port);
  await sees(/the directory is away: .*ECONNREFUSED.*; trying again/);
  await openDirectory(t, first.port);
  await sees(/the directory is back/);
  // The map is written by now; from here on it is ours.
  type('download nobody /x\r');
  await sees(/nobody is called nobody/);
  const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  writeFileSync(join(folder, 'map'), `eve – 127.0.0.1:${(silent.address() as AddressInfo).port}\n`);
  const asked = once(silent, 'connection');
  type(`download eve /x ${folder}/x\r`);
  await asked;
  type('\u0003');
  await sees(/interrupted/);
  type('quit\r');
  assert.equal(await over, 0);
});
