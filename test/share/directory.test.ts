/** The directory, with the real programs: people who share files, and others who look at them with netcat and telnet. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DirectoryView } from '../../src/protocols/api/types.ts';
import {
  curl,
  curlJson,
  freePort,
  rivulet,
  run,
  serverRoot,
  skipWithout,
  someBytes,
  startProgram,
  startServer,
} from '../programs.testing.ts';
import { type Sharer, startSharer } from './share.testing.ts';

/** What comes back for `lines` from `host:port`, until the other side ends. */
async function speak(address: string, lines: string): Promise<string> {
  const [host, port] = [address.slice(0, address.lastIndexOf(':')), address.slice(address.lastIndexOf(':') + 1)];
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  socket.end(lines);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

function fileOf({ folder }: Sharer, name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('two people: one registers, the other one looks and downloads, and shares it too', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const [ada, bob] = await Promise.all([startSharer(t, 'ada', server), startSharer(t, 'bob', server)]);
  const content = someBytes(1_000_000);
  const plan = fileOf(ada, 'plan, big.bin', content);
  await ada.type('register "plan, big.bin"', /^registered/);
  assert.deepEqual(await bob.list('list-files'), [`ada : ${plan}`]);
  const said = await bob.type(`download ada "${plan}" copy.bin`, /^registered/);
  const copy = join(bob.folder, 'copy.bin');
  assert.match(said[0] ?? '', new RegExp(`^downloaded ${copy}, 1,000,000 bytes, SHA-256 [0-9a-f]{64}$`));
  assert.ok(readFileSync(copy).equals(content));
  assert.deepEqual(await ada.list('list-files'), [`ada : ${plan}`, `bob : ${copy}`]);
  assert.deepEqual(readdirSync(bob.folder).sort(), ['copy.bin', 'map'], 'nothing else is left behind');

  const map = readFileSync(bob.mapPath, 'utf8');
  assert.deepEqual(map.trimEnd().split('\n').sort(), [`ada – ${ada.address}`, `bob – ${bob.address}`]);

  const view = await curlJson<DirectoryView>(`${server.url}/directory`);
  assert.deepEqual([view.count, view.file_count], [2, 2]);
  assert.deepEqual(view.users.find(({ name }) => name === 'ada')?.files, [plan]);
  const { stdout: page } = await curl('-H', 'Accept: text/html', `${server.url}/directory`);
  assert.match(page.toString(), /<bdi translate="no">[^<]*plan, big\.bin<\/bdi>/);
  const { stdout: metrics } = await curl(`${server.url}/metrics`);
  assert.match(
    metrics.toString(),
    /^rivulet_directory_commands_total\{command="register-files",outcome="answered"\} 2$/m,
  );

  await ada.type('ada unregister', /did you mean|no command/);
  await ada.type(`unregister ada "${plan}"`, /^unregistered/);
  assert.equal(await ada.quit(), 1, 'one line was no command');
  assert.equal(await bob.quit(), 0);
  assert.equal(await speak(server.directory, 'list-users\n'), 'OK 0 users\n');
});

test('only what is registered can be had, and only as long as it is', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const ada = await startSharer(t, 'ada', server);
  const path = fileOf(ada, 'a.txt', 'hello');
  assert.match(await speak(ada.address, `download ${path}\n`), /^ERR not-registered /);
  await ada.type('register a.txt', /^registered/);
  assert.match(await speak(ada.address, `download ${path}\r\n`), /^OK 5 2cf24dba[0-9a-f]{56}\nhello$/);
  assert.match(await speak(ada.address, `download ${path} 3\n`), /^OK 5 2cf24dba[0-9a-f]{56}\nlo$/);
  assert.match(await speak(ada.address, `download ${path} 5\n`), /^OK 5 2cf24dba[0-9a-f]{56}\n$/);
  assert.match(await speak(ada.address, `download ${path} 6\n`), /^ERR bad-offset /);
  assert.match(await speak(ada.address, 'download /etc/hostname\n'), /^ERR not-registered /);
  assert.match(await speak(ada.address, `download ${ada.folder}/../ada/a.txt\n`), /^ERR bad-path /);
  await ada.type('unregister a.txt', /^unregistered/);
  assert.match(await speak(ada.address, `download ${path}\n`), /^ERR not-registered /);
});

test('what takes the place of a registered file is not given: a link, another file, a FIFO, a folder of the way', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const ada = await startSharer(t, 'ada', server);
  const secret = fileOf(ada, 'secret', 'a secret');
  const swaps: Record<string, (path: string) => void> = {
    link: (path) => symlinkSync(secret, path),
    other: (path) => linkSync(secret, path),
    fifo: (path) => execFileSync('mkfifo', [path]),
    gone: () => {},
  };
  for (const [name, swap] of Object.entries(swaps)) {
    const path = fileOf(ada, name, 'to be shared');
    await ada.type(`register ${name}`, /^registered/);
    renameSync(path, `${path}.old`);
    swap(path);
    assert.match(await speak(ada.address, `download ${path}\n`), /^ERR changed /, name);
    await ada.type(`unregister ${name}`, /^unregistered /);
  }
  mkdirSync(join(ada.folder, 'way'));
  const path = fileOf(ada, 'way/secret', 'to be shared');
  await ada.type('register way/secret', /^registered/);
  renameSync(join(ada.folder, 'way'), join(ada.folder, 'old'));
  symlinkSync('.', join(ada.folder, 'way'));
  assert.match(await speak(ada.address, `download ${path}\n`), /^ERR changed /);
});

test('a link is registered as what it leads to; a folder or a FIFO is not', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const ada = await startSharer(t, 'ada', server);
  const path = fileOf(ada, 'a.txt', 'hello');
  symlinkSync(path, join(ada.folder, 'link'));
  await run('mkfifo', [join(ada.folder, 'fifo')]);
  assert.deepEqual(await ada.type('register link', /^registered/), [`registered ${path}`]);
  await ada.type('register a.txt', /is registered already/);
  await ada.type('register fifo', /is not a file/);
  await ada.type('register .', /is not a file/);
  await ada.type('register nothing', /ENOENT/);
});

test('a file that is there is replaced only by -f', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const [ada, bob] = await Promise.all([startSharer(t, 'ada', server), startSharer(t, 'bob', server)]);
  const path = fileOf(ada, 'a.txt', 'new');
  const mine = fileOf(bob, 'a.txt', 'mine');
  await ada.type('register ada a.txt', /^registered/);
  await bob.type('register a.txt', /^registered/);
  await bob.type(`download ada ${path} .`, /is there already; download -f/);
  assert.equal(readFileSync(mine, 'utf8'), 'mine');
  await bob.type(`download -f ada ${path} a.txt`, /^registered/);
  assert.equal(readFileSync(mine, 'utf8'), 'new');
  assert.match(await speak(bob.address, `download ${mine}\n`), /\nnew$/, 'the new one is what is shared now');
});

/** Stands between bob and ada, notes what is asked, and lets so many bytes through. */
async function openRelay(t: TestContext) {
  const relay = { to: 0, bytesMax: Number.POSITIVE_INFINITY, requests: [] as string[], address: '' };
  let onHeld: () => void = () => {};
  const [clients, upstreams]: [Socket[], Socket[]] = [[], []];
  const server = createServer((client) => {
    const upstream = connect(relay.to, '127.0.0.1');
    clients.push(client);
    upstreams.push(upstream);
    let passed = 0;
    client.on('data', (bytes) => {
      relay.requests.push(bytes.toString());
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      client.write(bytes.subarray(0, Math.max(0, relay.bytesMax - passed)));
      passed += bytes.length;
      if (passed >= relay.bytesMax) {
        upstream.pause();
        onHeld();
      }
    });
    upstream.on('close', () => client.end());
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  // What was let through arrives: the client's side ends behind it, however slowly it is read.
  const cut = (): void => {
    for (const socket of upstreams) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of [...clients, ...upstreams]) socket.destroy();
  });
  relay.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { relay, cut, held: () => new Promise<void>((resolve) => (onHeld = resolve)) };
}

/** Once it has been written by the program, which then leaves it alone for half a minute. */
async function editMap(sharer: Sharer, content: string): Promise<void> {
  await sharer.type('download nobody /x', /nobody is called nobody/);
  writeFileSync(sharer.mapPath, content);
}

test('a source that is killed in the midst: the next download goes on where it broke off', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const [ada, bob] = await Promise.all([startSharer(t, 'ada', server), startSharer(t, 'bob', server)]);
  const content = someBytes(20_000_000);
  const path = fileOf(ada, 'big.bin', content);
  await ada.type('register big.bin', /^registered/);
  const { relay, held, cut } = await openRelay(t);
  Object.assign(relay, { to: Number(ada.address.split(':')[1]), bytesMax: 5_000_000 });
  await editMap(bob, `ada – ${relay.address}\n`);
  const holding = held();
  const broken = bob.type(`download ada ${path}`, /broke off/);
  await holding;
  await ada.running.end('SIGKILL');
  cut();
  await broken;
  const target = join(bob.folder, 'big.bin');
  assert.ok(!existsSync(target));
  const [part = ''] = readdirSync(bob.folder).filter((name) => name.endsWith('.part'));
  const kept = readFileSync(join(bob.folder, part)).length;
  assert.ok(kept > 4_000_000, `${kept} bytes were kept`);

  const again = await startSharer(t, 'ada', server);
  await again.type('register big.bin', /^registered/);
  Object.assign(relay, { to: Number(again.address.split(':')[1]), bytesMax: Number.POSITIVE_INFINITY });
  // Who is killed as well leaves the beginning to the next process.
  await bob.running.end('SIGKILL');
  const heir = await startSharer(t, 'bob', server);
  await editMap(heir, `ada – ${relay.address}\n`);
  await heir.type(`download ada ${path}`, /^registered/);
  assert.equal(relay.requests.at(-1), `download ${path} ${kept}\n`);
  assert.ok(readFileSync(target).equals(content));
  assert.deepEqual(readdirSync(bob.folder).sort(), ['big.bin', 'map']);
});

test('the server goes away and comes back: downloads go on meanwhile, and everything is registered again', async (t) => {
  const root = serverRoot(t, { directory: { port: await freePort() } });
  const server = await startServer(t, root);
  const [ada, bob] = await Promise.all([startSharer(t, 'ada', server), startSharer(t, 'bob', server)]);
  const path = fileOf(ada, 'a.txt', 'hello');
  await ada.type('register a.txt', /^registered/);
  await bob.type('download nobody /x', /nobody is called nobody/); // so the map is as of now
  await server.end();
  await bob.running.line(/the server stops; trying again/);
  await bob.type(`download ada ${path}`, /will hear of it/);
  assert.equal(readFileSync(join(bob.folder, 'a.txt'), 'utf8'), 'hello');
  await bob.type('list-files', /the directory is away/);
  await bob.type('download eve /x', /the directory is away/);
  const later = await startServer(t, root);
  await Promise.all([ada, bob].map(({ running }) => running.line(/the directory is back/)));
  const lists = await speak(later.directory, 'list-files\nlist-users\n');
  assert.deepEqual(
    lists.trimEnd().split('\n').sort(),
    [
      `ada : ${path}`,
      `bob : ${bob.folder}/a.txt`,
      `ada – ${ada.address}`,
      `bob – ${bob.address}`,
      'OK 2 files',
      'OK 2 users',
    ].sort(),
  );
});

test('a script: exit code 0 when all went well, 1 when not, 69 without a directory; a name that is taken', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const ada = await startSharer(t, 'ada', server);
  const sh = (script: string) => run('sh', ['-c', script, 'sh', rivulet, server.directory, join(server.root, 'm')]);
  const good = await sh(
    'printf "# who is here?\\n\\nlist-users\\nquit\\nnonsense\\n" | "$1" share bob --server "$2" --map "$3"',
  );
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout.toString(), /^ada – \S+\nbob – \S+\n$/);
  const bad = await sh('echo "download ada /x" | "$1" share bob --server "$2" --map "$3"');
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /bob: \S+ gives nothing|bob: \/x is not shared/);
  const taken = await sh('"$1" share ada --server "$2" --map "$3" </dev/null');
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /^rivulet: ada is somebody else$/m);
  const nobody = await run(rivulet, [
    'share',
    'bob',
    '--server',
    `127.0.0.1:${await freePort()}`,
    '--map',
    join(server.root, 'm'),
  ]);
  assert.equal(nobody.code, 69);
  for (const args of [['a/b'], ['bob', '--server', 'http://x'], ['OK'], ['bob', '--refresh', '0']]) {
    assert.equal((await run(rivulet, ['share', ...args])).code, 2, args.join(' '));
  }
  assert.equal(await ada.running.end('SIGTERM'), 0);
});

for (const program of ['nc', 'telnet']) {
  test(`${program}: a user that goes with the connection`, { skip: skipWithout(program) }, async (t) => {
    const { directory } = await startServer(t, serverRoot(t));
    const [host, port] = directory.split(':');
    const list = (): Promise<string> => speak(directory, 'list-users\n');
    // The program ends when it has nothing more to read: it is given lines as the test says so.
    const script = `(echo "register-user ada 9000"; read -r line; echo quit; read -r line) | ${program} ${host} ${port}`;
    const client = startProgram(t, 'sh', ['-c', script], undefined, 'pipe');
    await client.line(/^OK ada – 127\.0\.0\.1:9000$/);
    assert.equal(await list(), 'ada – 127.0.0.1:9000\nOK 1 user\n');
    client.child.stdin?.write('\n');
    await client.line(/^OK bye/);
    assert.equal(await list(), 'OK 0 users\n');
    client.child.stdin?.write('\n');
    await client.over();
  });
}
