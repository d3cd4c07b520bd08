import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryLimits } from '../protocols/directory/types.ts';
import { createDirectoryCounters } from './counters.ts';
import { Directory } from './directory.ts';
import { DirectorySession, type Text } from './session.ts';

function createDirectory() {
  const directory = new Directory();
  const counters = createDirectoryCounters();
  const join = (address = '127.0.0.1') => new DirectorySession(directory, counters, address);
  return { directory, counters, join };
}

function textOf(part: Text | undefined): string {
  return part instanceof Uint8Array ? Buffer.from(part).toString() : (part ?? '');
}

/** The replies of the session to `text`, by lines. */
function say(session: DirectorySession, text: string): string[] {
  session.receive(Buffer.from(text));
  let answer = '';
  for (let part = session.next(); part !== undefined; part = session.next()) answer += textOf(part);
  assert.ok(answer === '' || answer.endsWith('\n'));
  return answer.split('\n').slice(0, -1);
}

test('a person shares two files, another one looks', () => {
  const { join } = createDirectory();
  const [ada, bob] = [join(), join('10.0.0.7')];
  assert.deepEqual(say(ada, 'register-user ada 9000\n'), ['OK ada – 127.0.0.1:9000']);
  assert.deepEqual(say(ada, 'register ada /a, "/b, c"\n'), ['OK 2 files']);
  assert.deepEqual(say(bob, 'register-user bob 9001\n'), ['OK bob – 10.0.0.7:9001']);
  assert.deepEqual(say(bob, 'list-files\n'), ['ada : /a', 'ada : /b, c', 'OK 2 files']);
  assert.deepEqual(say(bob, 'list-users\n'), ['ada – 127.0.0.1:9000', 'bob – 10.0.0.7:9001', 'OK 2 users']);
  assert.deepEqual(say(ada, 'unregister ada /a\n'), ['OK 1 file']);
  assert.deepEqual(say(bob, 'list-files\n'), ['ada : /b, c', 'OK 1 file']);
  assert.deepEqual(say(ada, 'unregister-user ada\n'), ['OK ada is gone']);
  assert.deepEqual(say(bob, 'list-files\n'), ['OK 0 files']);
  assert.deepEqual(say(ada, 'register-user lovelace 9000\n'), ['OK lovelace – 127.0.0.1:9000']);
});

test('a user goes with the connection', () => {
  const { join, directory } = createDirectory();
  const ada = join();
  say(ada, 'register-user ada 9000\nregister ada /a\n');
  ada.leave();
  assert.deepEqual([directory.userCount, directory.fileCount], [0, 0]);
  ada.leave();
});

test('nobody speaks for somebody else', () => {
  const { join } = createDirectory();
  const [ada, bob] = [join(), join()];
  say(ada, 'register-user ada 9000\nregister ada /a\n');
  const tries = [
    'register-user ada 1',
    'register ada /b',
    'unregister ada /a',
    'unregister-user ada',
    'register eve /b',
  ];
  const codes = tries.map((line) => say(bob, `${line}\n`).map((answer) => answer.split(' ', 2).join(' ')));
  assert.deepEqual(codes, [
    ['ERR name-taken'],
    ['ERR not-yours'],
    ['ERR not-yours'],
    ['ERR not-yours'],
    ['ERR unknown-user'],
  ]);
  assert.deepEqual(say(bob, 'list-files\n'), ['ada : /a', 'OK 1 file']);
  assert.match(say(ada, 'register-user bob 1\n')[0] ?? '', /^ERR already-registered this connection is ada/);
});

test('after what is refused the connection lives on', () => {
  const { join } = createDirectory();
  const session = join();
  const answers = say(session, `${'x'.repeat(5000)}\n\x1b\nregister-user ada 0\nwhat\n\nhelp\n`);
  assert.deepEqual(
    answers.slice(0, 4).map((line) => line.split(' ')[1]),
    ['too-long', 'bad-line', 'bad-port', 'unknown-command'],
  );
  assert.equal(answers.at(-1), 'OK');
  assert.equal(session.over, false);
});

test('commands at the limit of refusals, and one past it', () => {
  const { join } = createDirectory();
  const session = join();
  const almost = 'what\n'.repeat(directoryLimits.refusalsMax - 1);
  say(session, almost);
  say(session, 'list-users\n');
  say(session, almost);
  assert.equal(session.over, false);
  assert.match(say(session, 'what\nhelp\n').at(-1) ?? '', /^ERR flood/);
  assert.equal(session.over, true);
});

test('quit is answered, and ends it', () => {
  const { join } = createDirectory();
  const session = join();
  assert.deepEqual(say(session, 'quit\nhelp\n'), ['OK bye']);
  assert.equal(session.over, true);
});

test('HTTP is not listened to', () => {
  const { join, directory } = createDirectory();
  const session = join();
  const post = 'POST / HTTP/1.1\r\nHost: 127.0.0.1:8082\r\n\r\nregister-user evil 80\r\n';
  assert.deepEqual(say(session, post), ['ERR http this is not HTTP']);
  assert.deepEqual([session.over, directory.userCount], [true, 0]);
});

test('a long list is made as it is taken, while the directory changes', () => {
  const { join } = createDirectory();
  const sessions = Array.from({ length: 30 }, (_, number) => {
    const session = join();
    const paths = Array.from({ length: 20 }, (_, file) => `/${'x'.repeat(50)}/${file}`);
    say(session, `register-user u${number} 9000\nregister u${number} ${paths.join(', ')}\n`);
    return session;
  });
  const reader = join();
  reader.receive(Buffer.from('list-files\nhelp\n'));
  const first = textOf(reader.next());
  assert.ok(first.length > 15_000 && first.length < 20_000, `${first.length} at a time`);
  sessions.at(-1)?.leave();
  let rest = '';
  for (let part = reader.next(); part !== undefined; part = reader.next()) rest += textOf(part);
  assert.match(rest, /u28 : \/x+\/19\nOK 580 files\nregister-user /);
});

test('commands are counted, each by its name', () => {
  const { join, counters } = createDirectory();
  const session = join();
  say(session, 'register-user ada 9000\nregister ada /a\nregister ada /a\nregister ada\nwhat\n\x1b\nlist-files\n');
  assert.deepEqual(counters['register-files'], { answered: 1, refused: 2 });
  assert.deepEqual(counters.unknown, { answered: 0, refused: 2 });
  assert.deepEqual(counters['list-files'], { answered: 1, refused: 0 });
});
