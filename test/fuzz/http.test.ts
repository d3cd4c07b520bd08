import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './http.ts';
import { readWithLlhttp } from './llhttp.ts';

test('what we take of mutated requests, llhttp reads in the same way; and the other way round', () => {
  fuzz(1, 10_000);
});

test('a failure says how to repeat it', () => {
  // The control: with an oracle that is right about nothing the first round fails.
  assert.throws(() => fuzz(2, 10, () => ({ messages: [], error: 'NONE' })), /^Error: seed 2, round \d+: "/);
});

test('the oracle tells messages apart', () => {
  const { messages, error } = readWithLlhttp(
    Buffer.from('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\nHost: h\r\n\r\nnonsense'),
  );
  assert.deepEqual(
    messages.map(({ method, content, complete }) => [method, content, complete]),
    [
      ['POST', 'hi', true],
      ['GET', '', true],
    ],
  );
  assert.match(error ?? '', /^HPE_/);
});
