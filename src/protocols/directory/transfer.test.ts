import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirectoryError } from './errors.ts';
import { DownloadReader, encodeDownload, encodeDownloadHead, parseDownload, parseDownloadHead } from './transfer.ts';
import { directoryLimits } from './types.ts';

const sha256 = 'ab'.repeat(32);

const requests = [
  { line: 'download /a', request: { path: '/a', offset: 0 } },
  { line: 'download /a 5', request: { path: '/a', offset: 5 } },
  { line: 'download "/a b"', request: { path: '/a b', offset: 0 } },
  { line: 'download "/a, ""b"" 5" 7', request: { path: '/a, "b" 5', offset: 7 } },
];
for (const { line, request } of requests) {
  test(`${line} is read and written`, () => {
    assert.deepEqual(parseDownload(line), request);
    assert.equal(encodeDownload(request), line);
  });
}

test('a person need not quote a path with spaces', () => {
  assert.deepEqual(parseDownload('download /a b, c'), { path: '/a b, c', offset: 0 });
  assert.deepEqual(parseDownload('DOWNLOAD  /a b  12 '), { path: '/a b', offset: 12 });
});

const refused: { fault: string; line: string; code: string }[] = [
  { fault: 'another command', line: 'list-files', code: 'unknown-command' },
  { fault: 'nothing', line: '', code: 'unknown-command' },
  { fault: 'no path', line: 'download', code: 'bad-request' },
  { fault: 'a relative path', line: 'download a', code: 'bad-path' },
  { fault: 'a way up', line: 'download /a/../b', code: 'bad-path' },
  { fault: 'an offset beyond all numbers', line: 'download /a 99999999999999999999', code: 'bad-offset' },
  { fault: 'an offset that is none', line: 'download "/a" five', code: 'bad-offset' },
  { fault: 'a negative offset', line: 'download "/a" -5', code: 'bad-offset' },
  { fault: 'two offsets', line: 'download "/a" 1 2', code: 'bad-request' },
  { fault: 'an open quote', line: 'download "/a', code: 'bad-request' },
];
for (const { fault, line, code } of refused) {
  test(`a download with ${fault} is refused: ERR ${code}`, () => {
    assert.throws(
      () => parseDownload(line),
      (error) => error instanceof DirectoryError && error.answer === code,
    );
  });
}

test('the head of an answer is read and written', () => {
  assert.deepEqual(parseDownloadHead(encodeDownloadHead({ size: 5, sha256 })), { size: 5, sha256 });
  assert.deepEqual(parseDownloadHead('ERR not-registered no /a'), {
    kind: 'err',
    code: 'not-registered',
    message: 'no /a',
  });
});

const noHeads = [
  '',
  'OK',
  'OK 5',
  `OK -5 ${sha256}`,
  `OK 5 ${sha256}0`,
  `OK 99999999999999999 ${sha256}`,
  'SSH-2.0',
  'OK 5 bye',
];
for (const line of noHeads) {
  test(`"${line}" is no head`, () => assert.throws(() => parseDownloadHead(line), DirectoryError));
}

for (const end of ['\n', '\r\n']) {
  test(`head and bytes come apart, in whatever chunks (${JSON.stringify(end)})`, () => {
    const content = Buffer.from('five\n bytes, or \xff more\n', 'latin1');
    const answer = Buffer.concat([Buffer.from(`OK 24 ${sha256}${end}`), content]);
    for (const chunkBytes of [1, 7, answer.length]) {
      const reader = new DownloadReader();
      const bytes: Buffer[] = [];
      const heads = [];
      for (let at = 0; at < answer.length; at += chunkBytes) {
        const read = reader.receive(answer.subarray(at, at + chunkBytes));
        if (read.head !== undefined) heads.push(read.head);
        bytes.push(Buffer.from(read.bytes));
      }
      assert.deepEqual(heads, [{ size: 24, sha256 }]);
      assert.deepEqual(Buffer.concat(bytes), content);
    }
  });
}

test('an answer without a line is refused', () => {
  const reader = new DownloadReader();
  reader.receive(Buffer.alloc(directoryLimits.lineBytesMax, 'x'));
  assert.throws(() => reader.receive(Buffer.from('x')), DirectoryError);
});
