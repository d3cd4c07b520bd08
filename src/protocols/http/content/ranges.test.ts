import assert from 'node:assert/strict';
import test from 'node:test';
import { planByteranges } from './byteranges.ts';
import { encodeContentRange, encodeUnsatisfiedRange, rangeLimits, resolveRange } from './ranges.ts';

/** The ranges in text, `0-9,20-29`, or the outcome's name. */
function resolved(header: string | undefined, length = 1000): string {
  const request = resolveRange(header, length);
  return request.kind === 'ranges' ? request.ranges.map(({ start, end }) => `${start}-${end}`).join() : request.kind;
}

const rows: readonly { name: string; header: string | undefined; length?: number; want: string }[] = [
  { name: 'no header', header: undefined, want: 'none' },
  { name: 'one range', header: 'bytes=0-99', want: '0-99' },
  { name: 'one byte', header: 'bytes=0-0', want: '0-0' },
  { name: 'to the end', header: 'bytes=900-', want: '900-999' },
  { name: 'past the end', header: 'bytes=900-5000', want: '900-999' },
  { name: 'the last bytes', header: 'bytes=-100', want: '900-999' },
  { name: 'more last bytes than there are', header: 'bytes=-5000', want: '0-999' },
  { name: 'unit in another case', header: 'BYTES=0-1', want: '0-1' },
  { name: 'leading zeros', header: 'bytes=00010-0020', want: '10-20' },
  { name: 'several, in the order asked', header: 'bytes=500-599,0-99', want: '500-599,0-99' },
  { name: 'SP and HTAB around the comma', header: 'bytes=0-1 \t,\t 10-11', want: '0-1,10-11' },
  { name: 'empty elements', header: 'bytes=,0-1,,10-11,', want: '0-1,10-11' },
  { name: 'one of two beyond the end', header: 'bytes=5000-,0-1', want: '0-1' },
  { name: 'overlapping become one', header: 'bytes=0-50,40-99', want: '0-99' },
  { name: 'touching become one', header: 'bytes=50-99,0-49', want: '0-99' },
  { name: 'a gap of one byte stays', header: 'bytes=0-49,51-99', want: '0-49,51-99' },
  { name: 'one within another', header: 'bytes=0-999,10-20', want: '0-999' },
  { name: 'a merged range stands where its first stood', header: 'bytes=100-149,0-9,140-199', want: '100-199,0-9' },
  { name: 'the same a hundred times is too many', header: `bytes=${'0-,'.repeat(99)}0-`, want: 'none' },
  { name: 'first byte beyond the end', header: 'bytes=1000-', want: 'unsatisfiable' },
  { name: 'all beyond the end', header: 'bytes=1000-1001,2000-', want: 'unsatisfiable' },
  { name: 'no last bytes', header: 'bytes=-0', want: 'unsatisfiable' },
  { name: 'beyond 2^53', header: 'bytes=9007199254740993-', want: 'unsatisfiable' },
  { name: 'to beyond 2^64', header: 'bytes=0-18446744073709551616', want: '0-999' },
  { name: 'a suffix beyond 2^64', header: 'bytes=-18446744073709551616', want: '0-999' },
  { name: 'first byte of nothing', header: 'bytes=0-', length: 0, want: 'unsatisfiable' },
  { name: 'last bytes of nothing', header: 'bytes=-1', length: 0, want: 'none' },
  { name: 'another unit', header: 'lines=0-1', want: 'none' },
];

const malformed: readonly { fault: string; header: string }[] = [
  { fault: 'nothing after the unit', header: 'bytes=' },
  { fault: 'only commas', header: 'bytes=, ,' },
  { fault: 'no unit', header: '0-1' },
  { fault: 'no dash', header: 'bytes=5' },
  { fault: 'only a dash', header: 'bytes=-' },
  { fault: 'two dashes', header: 'bytes=1-2-3' },
  { fault: 'a sign', header: 'bytes=+1-2' },
  { fault: 'a negative end', header: 'bytes=1--2' },
  { fault: 'hexadecimal', header: 'bytes=0x0-0x9' },
  { fault: 'a fraction', header: 'bytes=0-1.5' },
  { fault: 'an exponent', header: 'bytes=0-1e3' },
  { fault: 'white space inside', header: 'bytes=0 -1' },
  { fault: 'white space before the equals sign', header: 'bytes =0-1' },
  { fault: 'digits that are not ASCII', header: 'bytes=\u0661-\u0662' },
  { fault: 'backwards', header: 'bytes=9-1' },
  { fault: 'backwards beyond 2^53', header: 'bytes=9007199254740993-9007199254740992' },
  { fault: 'one good, one bad', header: 'bytes=0-1,x' },
  { fault: 'a semicolon for a comma', header: 'bytes=0-1;2-3' },
];

for (const { name, header, length, want } of rows) {
  test(`range: ${name}`, () => assert.equal(resolved(header, length), want));
}

for (const { fault, header } of malformed) {
  test(`malformed range is ignored: ${fault}`, () => assert.equal(resolved(header), 'none'));
}

test('range: as many as the limit, and one more', () => {
  const apart = (count: number) => `bytes=${Array.from({ length: count }, (_, index) => `${index * 3}-${index * 3}`)}`;
  const request = resolveRange(apart(rangeLimits.rangesMax), 1000);
  assert.equal(request.kind === 'ranges' && request.ranges.length, rangeLimits.rangesMax);
  assert.equal(resolved(apart(rangeLimits.rangesMax + 1)), 'none');
});

test('Content-Range', () => {
  assert.equal(encodeContentRange({ start: 0, end: 99 }, 1000), 'bytes 0-99/1000');
  assert.equal(encodeUnsatisfiedRange(1000), 'bytes */1000');
});

test('multipart/byteranges: heads, tail and length', () => {
  const content = 'abcdefghij';
  const ranges = [
    { start: 0, end: 1 },
    { start: 8, end: 9 },
  ];
  const plan = planByteranges(ranges, content.length, 'text/plain', 'B0');
  const body =
    plan.parts.map(({ head, range }) => head + content.slice(range.start, range.end + 1)).join('') + plan.tail;
  assert.equal(plan.contentType, 'multipart/byteranges; boundary=B0');
  assert.equal(plan.contentLength, body.length);
  assert.deepEqual(body.split('\r\n'), [
    '--B0',
    'Content-Type: text/plain',
    'Content-Range: bytes 0-1/10',
    '',
    'ab',
    '--B0',
    'Content-Type: text/plain',
    'Content-Range: bytes 8-9/10',
    '',
    'ij',
    '--B0--',
    '',
  ]);
});
