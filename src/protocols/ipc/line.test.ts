import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpcError } from './errors.ts';
import { parseReply, parseRequest, payloadSize } from './line.ts';
import { compact, replySamples, requestSamples } from './samples.testing.ts';
import { ipcLimits } from './types.ts';
import { encodeReply, encodeRequest, errReply } from './write.ts';

for (const { line, message } of requestSamples) {
  test(`request ${line.slice(0, 40)}`, () => {
    assert.deepEqual(compact(parseRequest(line)), message);
    assert.equal(encodeRequest(message), `${line}\n`);
  });
}

for (const { line, message } of replySamples) {
  test(`reply ${line}`, () => {
    assert.deepEqual(compact(parseReply(line)), message);
    assert.equal(encodeReply(message), `${line}\n`);
  });
}

const hex = '3f786850e387550fdab836ed7e6dc881de23001b';

const badRequests = [
  { name: 'an unknown verb', line: 'FETCH seq=9', code: 'unknown-verb' },
  { name: 'a verb in lower case', line: 'ping seq=9', code: 'unknown-verb' },
  { name: 'no version', line: 'HELLO seq=9', code: 'missing-key' },
  { name: 'no file', line: 'GET_PART part=1 seq=9', code: 'missing-key' },
  { name: 'no part', line: `GET_PART file=${hex} seq=9`, code: 'missing-key' },
  {
    name: 'no size for a piece',
    line: `STORE_PART file=${hex} part=1 seq=9 offset=0 sha1=${hex}`,
    code: 'missing-key',
  },
  { name: 'no hash', line: `STORE_PART file=${hex} part=1 seq=9 offset=0 size=1`, code: 'missing-key' },
  { name: 'no part to drop', line: `DROP_PART file=${hex} seq=9`, code: 'missing-key' },
  { name: 'no file to drop a part of', line: 'DROP_PART part=1 seq=9', code: 'missing-key' },
  { name: 'no hash to verify', line: `VERIFY_PART file=${hex} part=1 seq=9`, code: 'missing-key' },
  {
    name: 'a hash that is too short',
    line: `VERIFY_PART file=${hex} part=1 sha1=${hex.slice(1)} seq=9`,
    code: 'bad-value',
  },
  { name: 'a file id that is too short', line: `SYNC file=${hex.slice(1)} seq=9`, code: 'bad-value' },
  { name: 'a path as file id', line: 'SYNC file=../../etc/passwd seq=9', code: 'bad-value' },
  { name: 'a negative part', line: `GET_PART file=${hex} part=-1 seq=9`, code: 'bad-value' },
  { name: 'a part past 32 bits', line: `GET_PART file=${hex} part=4294967296 seq=9`, code: 'bad-value' },
  {
    name: 'a hash that is not hex',
    line: `STORE_PART file=${hex} part=1 seq=9 offset=0 size=1 sha1=no`,
    code: 'bad-value',
  },
  {
    name: 'an offset of 2^53',
    line: `STORE_PART file=${hex} part=1 seq=9 offset=9007199254740992 size=1`,
    code: 'bad-value',
  },
  { name: 'a file twice', line: `SYNC file=${hex} file=${hex} seq=9`, code: 'bad-line' },
  { name: 'garbage', line: '\x00\xff garbage seq=9', code: 'bad-line' },
];

for (const { name, line, code } of badRequests) {
  test(`a request with ${name} is refused, and its seq is known`, () => {
    assert.throws(
      () => parseRequest(line),
      (error) =>
        error instanceof IpcError && error.code === code && error.answer === 'bad-request' && error.seq === '9',
    );
  });
}

test('a seq that is not 1 to 20 digits is refused, and is not given back', () => {
  for (const seq of ['', 'x', '-1', '123456789012345678901']) {
    assert.throws(
      () => parseRequest(`PING seq=${seq}`),
      (error) => error instanceof IpcError && error.seq === undefined,
    );
  }
});

const badReplies = [
  { name: 'an unknown verb', line: 'YES seq=1' },
  { name: 'a code that does not exist', line: 'ERR seq=1 code=tired' },
  { name: 'no code', line: 'ERR seq=1' },
  { name: 'an impossible peer id', line: 'OK seq=1 peer=../x' },
  { name: 'a free space that is no number', line: 'OK seq=1 free=much' },
];

for (const { name, line } of badReplies) {
  test(`a reply with ${name} is refused`, () => assert.throws(() => parseReply(line), IpcError));
}

test('keys that are not known are ignored in both directions', () => {
  assert.equal(parseRequest('PING seq=1 mood=good').verb, 'PING');
  assert.equal(parseReply('OK seq=1 mood=good').verb, 'OK');
});

test('hex digits may be of either case, and come out in lower case', () => {
  const upper = hex.toUpperCase();
  const request = parseRequest(`STORE_PART file=${upper} part=0 size=1 offset=0 sha1=${upper}`);
  assert.ok(request.verb === 'STORE_PART' && request.file === hex && request.sha1 === hex);
});

test('the payload of a line is known even where the rest of the line is wrong', () => {
  assert.equal(payloadSize('GARBAGE size=12 and more'), 12);
  assert.equal(payloadSize('PING resize=12'), undefined);
  assert.equal(payloadSize(`X size=${ipcLimits.pieceBytesMax}`), ipcLimits.pieceBytesMax);
});

test('a size that cannot be known or is too large is refused', () => {
  for (const claim of [`size=${ipcLimits.pieceBytesMax + 1}`, 'size=-1', 'size=', 'size=1k', 'size=1 size=1']) {
    assert.throws(
      () => payloadSize(`STORE_PART seq=9 ${claim}`),
      (error) => error instanceof IpcError && error.code === 'bad-size' && error.seq === '9',
    );
  }
});

test('an ERR line stays within the limit whatever its message is', () => {
  const error = new IpcError('io', '\u{ffff}'.repeat(10_000), { seq: '12345678901234567890' });
  const line = encodeReply(errReply(error));
  assert.ok(line.length <= ipcLimits.lineBytesMax, `${line.length} bytes`);
  const reply = parseReply(line.trimEnd());
  assert.ok(reply.verb === 'ERR' && reply.message.length === ipcLimits.messageCharsMax);
});
