/**
 * Fuzzes the request reader. Of each stream of requests it is checked that
 *
 * - how it is cut into packets makes no difference;
 * - what we take, llhttp (the parser of node:http) takes too, with the same method, fields and content: it has one reading;
 * - what we refuse, llhttp refuses too.
 *
 * But for the differences in `differences`, which are meant.
 */
import assert from 'node:assert/strict';
import { HttpError } from '../../src/protocols/http/errors.ts';
import { httpLimits } from '../../src/protocols/http/limits.ts';
import { RequestReader } from '../../src/protocols/http/read.ts';
import { makeRequests } from './http-messages.ts';
import { type OracleMessage, readWithLlhttp } from './llhttp.ts';
import { Random } from './random.ts';

/** By our code: what we refuse although llhttp takes it, and why. */
const stricter: Readonly<Record<string, string>> = {};

interface Reading {
  readonly messages: OracleMessage[];
  readonly error: HttpError | undefined;
}

/** Throws at the first round whose outcome is not as it should be; the message repeats it. */
export function fuzz(seed: number, rounds: number): void {
  const random = new Random(seed);
  for (let round = 0; round < rounds; round += 1) {
    const bytes = makeRequests(random);
    try {
      checkRound(bytes, random);
    } catch (cause) {
      throw new Error(`seed ${seed}, round ${round}: ${JSON.stringify(bytes)}`, { cause });
    }
  }
}

function checkRound(bytes: string, random: Random): void {
  const all = Buffer.from(bytes, 'latin1');
  const whole = readInCuts(all, () => all.length);
  const cut = readInCuts(all, () => 1 + random.below(random.once(2) ? 3 : 40));
  assert.deepEqual(cut.messages, whole.messages, 'the cuts make a difference');
  assert.equal(cut.error === undefined, whole.error === undefined, 'the cuts decide whether it is refused');
  compare(whole, readWithLlhttp(all));
}

function compare(ours: Reading, theirs: ReturnType<typeof readWithLlhttp>): void {
  const taken = ours.messages.filter(({ complete }) => complete);
  for (const [index, message] of taken.entries()) {
    const other = theirs.messages[index];
    assert.ok(other?.complete, `taken by us, refused by llhttp: ${theirs.error}`);
    assert.deepEqual(message, other, 'two readings');
  }
  const next = theirs.messages[taken.length];
  if (ours.error === undefined || next?.complete !== true) return;
  assert.ok(ours.error.code in stricter, `refused by us (${ours.error.code}), taken by llhttp`);
}

function readInCuts(bytes: Buffer, cut: () => number): Reading {
  const reader = new RequestReader(httpLimits);
  const messages: OracleMessage[] = [];
  try {
    for (let at = 0; at < bytes.length; ) {
      const end = at + cut();
      reader.receive(bytes.subarray(at, end));
      gather(reader, messages);
      at = end;
    }
    reader.end();
    gather(reader, messages);
  } catch (error) {
    if (error instanceof HttpError) return { messages, error };
    throw error;
  }
  return { messages, error: undefined };
}

function gather(reader: RequestReader, messages: OracleMessage[]): void {
  for (let event = reader.next(); event !== null; event = reader.next()) {
    const message = messages.at(-1);
    if (event.kind === 'head') {
      const { method, fields } = event.head;
      messages.push({
        method,
        fields: [...fields].map(([name, value]) => `${name}=${value}`),
        content: '',
        complete: false,
      });
    } else if (message !== undefined) {
      if (event.kind === 'body') message.content += event.bytes.toString('latin1');
      else message.complete = true;
    }
  }
}
