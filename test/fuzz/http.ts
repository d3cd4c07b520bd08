/**
 * Fuzzes the request reader. Of each stream of requests it is checked that
 *
 * - how it is cut into packets makes no difference;
 * - what we take, llhttp (the parser of node:http) takes too, with the same method, fields and content: it has one
 *   reading;
 * - what we refuse, llhttp refuses too.
 *
 * But for the differences in `stricter` and `laxer`, which are meant.
 */
import assert from 'node:assert/strict';
import { HttpError } from '../../src/protocols/http/errors.ts';
import { httpLimits } from '../../src/protocols/http/limits.ts';
import { RequestReader } from '../../src/protocols/http/read.ts';
import { makeRequests } from './http-messages.ts';
import { type OracleMessage, readWithLlhttp } from './llhttp.ts';
import { Random } from './random.ts';

/**
 * A difference that is meant. `bytes` is what the input must have in it: everything else with that code is a failure.
 */
interface Difference {
  readonly code: string;
  readonly bytes: RegExp;
  readonly why: string;
}

/** What we refuse, with our code, and llhttp takes. */
const stricter: readonly Difference[] = [
  { code: 'no-host', bytes: / HTTP\/1\.1/, why: 'llhttp leaves Host to its user (RFC 9112 3.2)' },
  { code: 'bad-host', bytes: /host/i, why: 'the same' },
  { code: 'bad-target', bytes: /./, why: 'llhttp has fewer rules for targets (RFC 9112 3.2, RFC 3986)' },
  { code: 'bad-request-line', bytes: /./, why: 'llhttp takes a line without a version for HTTP/0.9' },
  { code: 'version', bytes: /HTTP\/[02]/, why: 'llhttp parses HTTP/2.0; node:http refuses it later' },
  { code: 'transfer-coding', bytes: /transfer-/i, why: 'codings we would have to undo (RFC 9112 6.1)' },
  { code: 'bad-framing', bytes: /transfer-/i, why: 'Transfer-Encoding in HTTP/1.0, or with an element that is empty' },
  { code: 'bad-trailer', bytes: /host/i, why: 'llhttp does not look at the names of trailers (RFC 9110 6.5.1)' },
  { code: 'bad-chunk', bytes: /\n[0-9A-Fa-f]+[ \t]*;/, why: 'extensions that are not well-formed (RFC 9112 7.1.1)' },
];

/** What we take, and llhttp refuses with this code. */
const laxer: readonly Difference[] = [
  { code: 'HPE_INVALID_METHOD', bytes: /./, why: 'llhttp has a list of methods; we leave that to the dispatcher: 501' },
  { code: 'HPE_INVALID_VERSION', bytes: /HTTP\/1\.[2-9]/, why: 'a higher minor version is read as 1.1 (RFC 9110 2.5)' },
  { code: 'HPE_INVALID_CONTENT_LENGTH', bytes: /[\d]\t/, why: 'HTAB is optional white space too (RFC 9110 5.6.3)' },
  { code: 'HPE_INVALID_TRANSFER_ENCODING', bytes: /\t\r/, why: 'the same' },
  { code: 'HPE_INVALID_CHUNK_SIZE', bytes: / ?[;=] ?/, why: 'white space around ";" and "=" (RFC 9112 7.1.1, BWS)' },
  { code: 'HPE_STRICT', bytes: / ?[;=] ?/, why: 'the same' },
];

interface Reading {
  readonly messages: OracleMessage[];
  readonly error: HttpError | undefined;
}

/** How many rounds are worth a minute or two. */
export const roundsByDefault = 1_000_000;

/** Throws at the first round whose outcome is not as it should be; the message repeats it. */
export function fuzz(seed: number, rounds: number, oracle = readWithLlhttp): void {
  const random = new Random(seed);
  for (let round = 0; round < rounds; round += 1) {
    const bytes = makeRequests(random);
    try {
      checkRound(bytes, random, oracle);
    } catch (cause) {
      throw new Error(`seed ${seed}, round ${round}: ${JSON.stringify(bytes)}`, { cause });
    }
  }
}

function checkRound(bytes: string, random: Random, oracle: typeof readWithLlhttp): void {
  const all = Buffer.from(bytes, 'latin1');
  const whole = readInCuts(all, () => all.length);
  const cut = readInCuts(all, () => 1 + random.below(random.once(2) ? 3 : 40));
  assert.deepEqual(cut.messages, whole.messages, 'the cuts make a difference');
  assert.equal(cut.error === undefined, whole.error === undefined, 'the cuts decide whether it is refused');
  compare(bytes, whole, oracle(all));
}

function compare(bytes: string, ours: Reading, theirs: ReturnType<typeof readWithLlhttp>): void {
  const taken = ours.messages.filter(({ complete }) => complete);
  for (const [index, message] of taken.entries()) {
    const other = theirs.messages[index];
    if (other?.complete !== true) {
      assert.ok(isMeant(laxer, theirs.error, bytes), `taken by us, refused by llhttp: ${theirs.error}`);
      return; // it has read no further
    }
    assert.deepEqual(message, other, 'two readings');
  }
  const next = theirs.messages[taken.length];
  if (ours.error === undefined || next?.complete !== true) return;
  assert.ok(isMeant(stricter, ours.error.code, bytes), `refused by us, taken by llhttp: ${ours.error.code}`);
}

function isMeant(differences: readonly Difference[], code: string | undefined, bytes: string): boolean {
  return differences.some((difference) => difference.code === code && difference.bytes.test(bytes));
}

function readInCuts(bytes: Buffer, cut: () => number): Reading {
  const reader = new RequestReader(httpLimits);
  const messages: OracleMessage[] = [];
  const lent = Buffer.alloc(bytes.length);
  try {
    for (let at = 0; at < bytes.length; ) {
      const end = at + cut();
      reader.receive(lent.subarray(0, bytes.copy(lent, 0, at, end)));
      gather(reader, messages);
      reader.keep();
      lent.fill('?'); // nothing may depend on the buffer now
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
