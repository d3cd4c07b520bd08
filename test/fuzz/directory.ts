/**
 * What clients of the directory might send, at random, some bytes of it changed. Whatever comes, and in whatever chunks:
 * every client is told the same, each answer ends as answers do, and the directory's counts are those of its contents.
 */
import assert from 'node:assert/strict';
import { createDirectoryCounters } from '../../src/directory/counters.ts';
import { Directory } from '../../src/directory/directory.ts';
import { DirectorySession } from '../../src/directory/session.ts';
import { parseFileLine, parseOutcome, parseUserLine } from '../../src/protocols/directory/read.ts';
import { helpLines } from '../../src/protocols/directory/write.ts';
import { Random } from './random.ts';

/** How many rounds are worth a minute or two. */
export const roundsByDefault = 30_000;

export interface Outcomes {
  answered: number;
  refused: number;
}

/** What all clients are told when client `which` of the conversation sends `bytes`, and so on, in turn. */
export type Hear = (conversation: readonly Saying[], chunkBytes: number) => string[];

interface Saying {
  readonly which: number;
  readonly bytes: Buffer;
}

const clients = 3;
const names = ['ada', 'bob', 'cyd', 'OK', 'a/b', 'x'.repeat(65)];
const paths = [
  '/a',
  '/b c',
  '"/d, e"',
  '"/say ""hi"""',
  '/ü/漢',
  'relative',
  '/a/../b',
  '""',
  '"/open',
  `/${'x'.repeat(4000)}`,
];
const ends = ['\n', '\n', '\r\n', '\r\0', '\r', ''];
const noise = ['\xff\xfb\x01', '\xff\xfa\x1f\0\n\xff\xf0', '\xff\xf4', '\0', '\x1b[A', '\xe4', '\xe2\x80'];

/** Throws at the first round whose outcome is not as it should be; the message repeats it. */
export function fuzz(seed: number, rounds: number, listen: Hear = hear): Outcomes {
  const random = new Random(seed);
  const outcomes = { answered: 0, refused: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const conversation = Array.from({ length: 1 + random.below(12) }, () => makeSaying(random));
    try {
      const whole = hear(conversation, Number.MAX_SAFE_INTEGER);
      for (const chunkBytes of [1, 1 + random.below(50)]) assert.deepEqual(listen(conversation, chunkBytes), whole);
      for (const text of whole) count(text, outcomes);
    } catch (cause) {
      const said = conversation.map(({ which, bytes }) => `${which}:${bytes.toString('hex')}`).join(' ');
      throw new Error(`seed ${seed}, round ${round}: ${said}`, { cause });
    }
  }
  return outcomes;
}

export function hear(conversation: readonly Saying[], chunkBytes: number): string[] {
  const directory = new Directory();
  const counters = createDirectoryCounters();
  const sessions = Array.from({ length: clients }, () => new DirectorySession(directory, counters, '127.0.0.1'));
  const told = sessions.map(() => '');
  for (const { which, bytes } of conversation) {
    const session = sessions[which] as DirectorySession;
    for (let at = 0; at < bytes.length && !session.over; at += chunkBytes) {
      session.receive(bytes.subarray(at, at + chunkBytes));
      for (let text = session.next(); text !== undefined; text = session.next()) {
        told[which] += typeof text === 'string' ? text : Buffer.from(text).toString();
      }
    }
    checkCounts(directory);
  }
  for (const session of sessions) session.leave();
  assert.deepEqual([directory.userCount, directory.fileCount, [...directory.fileBlocks()]], [0, 0, []]);
  return told;
}

function checkCounts(directory: Directory): void {
  const users = [...directory.users()];
  assert.equal(directory.userCount, users.length);
  assert.equal(
    directory.fileCount,
    users.reduce((sum, { files }) => sum + files.size, 0),
  );
  const lines = Array.from(directory.fileBlocks(), ({ bytes }) => Buffer.from(bytes).toString()).join('');
  assert.equal(lines.split('\n').length - 1, directory.fileCount);
}

/** Every line is one that a client understands. */
function count(text: string, outcomes: Outcomes): void {
  assert.ok(text === '' || text.endsWith('\n'));
  for (const line of text.split('\n').slice(0, -1)) {
    const outcome = parseOutcome(line);
    if (outcome?.kind === 'ok') outcomes.answered += 1;
    else if (outcome?.kind === 'err') outcomes.refused += 1;
    else assert.ok(parseUserLine(line) ?? parseFileLine(line) ?? helpLines.includes(line), line);
  }
}

function makeSaying(random: Random): Saying {
  const which = random.below(clients);
  const bytes = Buffer.from(makeLine(random, which) + random.pick(ends));
  if (random.once(6)) bytes[random.below(bytes.length)] = random.below(256);
  const inserted = random.once(6) ? Buffer.from(random.pick(noise), 'latin1') : Buffer.alloc(0);
  const at = random.below(bytes.length + 1);
  return { which, bytes: Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]) };
}

/** Mostly what is right, and for the client itself. */
function makeLine(random: Random, which: number): string {
  const name = random.once(4) ? random.pick(names) : names[which];
  switch (random.below(8)) {
    case 0:
    case 1:
      return `register-user ${name} ${random.pick(['9000', '9000', '1', '65535', '65536', ''])}`;
    case 2:
    case 3:
      return `register ${name} ${makePaths(random)}`;
    case 4:
      return `unregister-files ${name} ${makePaths(random)}`;
    case 5:
      return `unregister-user ${name}`;
    case 6:
      return random.pick(['list-files', 'list-users', 'LIST-USERS ', 'list-files ada']);
    default:
      return random.pick(['help', 'quit', '', ' ', 'what', 'GET / HTTP/1.1', 'Host: x', 'x'.repeat(5000)]);
  }
}

function makePaths(random: Random): string {
  const choice = random.once(4) ? paths : paths.slice(0, 5);
  return Array.from({ length: random.once(8) ? 0 : 1 + random.below(2) }, () => random.pick(choice)).join(
    random.pick([', ', ',', ' , ']),
  );
}
