import assert from 'node:assert/strict';
import test from 'node:test';
import { parseMediaType } from './media-type.ts';
import { MultipartParser, multipartBoundary, multipartLimits } from './multipart.ts';

/** A part as it came out, its content gathered (one character a byte). */
interface Part {
  readonly name: string;
  readonly fileName?: string;
  readonly contentType?: string;
  content: string;
}

/** Feeds `body` in pieces of `size` bytes, each of them overwritten afterwards, as the buffers of a connection are. */
function parse(body: Buffer, size: number, limits = multipartLimits): Part[] {
  const parser = new MultipartParser('B', limits);
  const parts: Part[] = [];
  const seen: string[] = [];
  function* events() {
    for (let offset = 0; offset < body.length; offset += size) {
      const chunk = Buffer.from(body.subarray(offset, offset + size));
      yield* parser.receive(chunk);
      chunk.fill('!');
    }
    yield* parser.end();
  }
  for (const event of events()) {
    seen.push(event.kind);
    if (event.kind === 'part') {
      const { kind: _, ...head } = event;
      parts.push({ ...head, content: '' });
    } else if (event.kind === 'data') {
      assert.ok(event.bytes.length > 0, 'no empty data');
      const part = parts.at(-1);
      assert.ok(part !== undefined);
      part.content += Buffer.from(event.bytes).toString('latin1');
    }
  }
  assert.match(seen.join(' '), /^(part (data )*part-end )*end$/, 'events come in order');
  return parts;
}

/** In one piece, byte by byte, and in every size between that can split a boundary. */
function* sizes(length: number): Generator<number> {
  for (let size = 1; size <= 12; size += 1) yield size;
  yield Math.max(1, length);
}

const head = 'Content-Disposition: form-data; name="file"; filename="a"';
const lines = (...all: string[]) => all.join('\r\n');
const whole = (content: string) => lines('--B', head, '', content, '--B--', '');
const file = (content: string): Part => ({ name: 'file', fileName: 'a', content });

const good: readonly { name: string; body: string; parts: readonly Part[] }[] = [
  { name: 'one file', body: whole('Hello'), parts: [file('Hello')] },
  { name: 'an empty file', body: whole(''), parts: [file('')] },
  { name: 'an empty file whose head ends the line', body: lines('--B', head, '', '--B--', ''), parts: [file('')] },
  { name: 'no parts', body: '--B--\r\n', parts: [] },
  { name: 'no line break at the very end', body: lines('--B', head, '', 'Hello', '--B--'), parts: [file('Hello')] },
  { name: 'a preamble', body: `This is MIME.\r\n\r\n${whole('Hello')}`, parts: [file('Hello')] },
  { name: 'a preamble that begins like a boundary', body: `--Bx\r\n--\r\n${whole('Hello')}`, parts: [file('Hello')] },
  { name: 'an epilogue', body: `${whole('Hello')}more\r\n--B\r\nand more`, parts: [file('Hello')] },
  {
    name: 'white space after the boundaries',
    body: lines('--B \t', head, '', 'Hello', '--B-- ', ''),
    parts: [file('Hello')],
  },
  { name: "a line break at the content's end", body: whole('Hello\r\n'), parts: [file('Hello\r\n')] },
  { name: 'only line breaks', body: whole('\r\n\r\n\r\n'), parts: [file('\r\n\r\n\r\n')] },
  { name: 'bare CR and LF', body: whole('\r\r\n\n\r'), parts: [file('\r\r\n\n\r')] },
  { name: 'a boundary without line break before it', body: whole('a--B--\r\n'), parts: [file('a--B--\r\n')] },
  { name: 'a boundary after a bare LF', body: whole('a\n--B\r\n'), parts: [file('a\n--B\r\n')] },
  { name: 'most of a boundary', body: whole('\r\n--\r\n-B\r\n--b'), parts: [file('\r\n--\r\n-B\r\n--b')] },
  { name: 'a longer boundary', body: whole('\r\n--BB\r\n--B-\r\n'), parts: [file('\r\n--BB\r\n--B-\r\n')] },
  { name: "text after the last boundary's dashes", body: whole('\r\n--B--x\r\n'), parts: [file('\r\n--B--x\r\n')] },
  { name: "a longer boundary at the content's start", body: whole('--Bx'), parts: [file('--Bx')] },
  { name: 'a boundary line that ends in a bare LF', body: whole('\r\n--B\nx'), parts: [file('\r\n--B\nx')] },
  {
    name: 'a boundary line that ends in a bare CR',
    body: whole('\r\n--B\rx\r\n--B \r\r'),
    parts: [file('\r\n--B\rx\r\n--B \r\r')],
  },
  {
    name: 'line breaks before what is no boundary',
    body: whole('\r\r\n\r\n--C\r\n--'),
    parts: [file('\r\r\n\r\n--C\r\n--')],
  },
  { name: 'every byte', body: whole(everyByte()), parts: [file(everyByte())] },
  {
    name: 'several fields and files',
    body: lines(
      '--B',
      'Content-Disposition: form-data; name="note"',
      '',
      'hi',
      '--B',
      'content-type:text/plain; charset=utf-8 ',
      'CONTENT-DISPOSITION:\tFORM-DATA ; NAME=file;filename=b.txt',
      'X-Other: whatever',
      '',
      'one\r\n',
      '--B',
      head,
      '',
      '',
      '--B--',
    ),
    parts: [
      { name: 'note', content: 'hi' },
      { name: 'file', fileName: 'b.txt', contentType: 'text/plain; charset=utf-8', content: 'one\r\n' },
      file(''),
    ],
  },
];

for (const { name, body, parts } of good) {
  test(`multipart: ${name}`, () => {
    const bytes = Buffer.from(body, 'latin1');
    for (const size of sizes(bytes.length)) assert.deepEqual(parse(bytes, size), parts, `in pieces of ${size}`);
  });
}

function everyByte(): string {
  return Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
}

const names: readonly { name: string; disposition: string; fileName: string | undefined }[] = [
  { name: 'no file', disposition: 'form-data; name="file"', fileName: undefined },
  { name: 'none chosen', disposition: 'form-data; name="file"; filename=""', fileName: '' },
  {
    name: 'UTF-8',
    disposition: 'form-data; name="file"; filename="na\u00efve \u{1f4c4}.txt"',
    fileName: 'na\u00efve \u{1f4c4}.txt',
  },
  { name: 'quote as %22', disposition: 'form-data; name="file"; filename="a%22b"', fileName: 'a"b' },
  { name: 'quote as \\"', disposition: 'form-data; name="file"; filename="a\\"b"', fileName: 'a"b' },
  { name: 'backslash as \\\\', disposition: 'form-data; name="file"; filename="a\\\\b"', fileName: 'a\\b' },
  { name: 'backslash as it is', disposition: 'form-data; name="file"; filename="C:\\b"', fileName: 'C:\\b' },
  { name: 'line break as %0D%0A', disposition: 'form-data; name="file"; filename="a%0d%0Ab"', fileName: 'a\r\nb' },
  { name: 'another percent', disposition: 'form-data; name="file"; filename="100%41%"', fileName: '100%41%' },
  { name: 'a semicolon', disposition: 'form-data; name="file"; filename="a;name=b"', fileName: 'a;name=b' },
  {
    name: 'filename* is not used in forms',
    disposition: `form-data; name="file"; filename*=UTF-8''b; filename="a"`,
    fileName: 'a',
  },
  { name: 'filename* alone', disposition: `form-data; name="file"; filename*=UTF-8''b`, fileName: undefined },
  { name: 'folded', disposition: 'form-data;\r\n name="file";\r\n\tfilename="a"', fileName: 'a' },
];

for (const { name, disposition, fileName } of names) {
  test(`multipart name: ${name}`, () => {
    const body = Buffer.from(lines('--B', `Content-Disposition: ${disposition}`, '', 'x', '--B--', ''));
    for (const size of sizes(body.length)) assert.equal(parse(body, size)[0]?.fileName, fileName);
  });
}

const withHead = (...fields: string[]) => lines('--B', ...fields, '', 'x', '--B--', '');
const bad: readonly { fault: string; body: string; code: string }[] = [
  { fault: 'nothing', body: '', code: 'multipart-cut' },
  { fault: 'another boundary', body: whole('x').replaceAll('--B', '--C'), code: 'multipart-cut' },
  { fault: 'no last boundary', body: lines('--B', head, '', 'x', '--B', ''), code: 'multipart-cut' },
  { fault: 'one dash at the end', body: lines('--B', head, '', 'x', '--B-'), code: 'multipart-cut' },
  { fault: 'cut in the content', body: lines('--B', head, '', 'x'), code: 'multipart-cut' },
  { fault: 'cut in a head', body: lines('--B', head), code: 'multipart-cut' },
  { fault: 'LF for CRLF', body: whole('x').replaceAll('\r\n', '\n'), code: 'multipart-cut' },
  { fault: 'a head without fields', body: withHead(), code: 'multipart-part' },
  { fault: 'no disposition', body: withHead('Content-Type: text/plain'), code: 'multipart-part' },
  {
    fault: 'another disposition',
    body: withHead('Content-Disposition: attachment; name="file"'),
    code: 'multipart-part',
  },
  {
    fault: 'a disposition that only begins so',
    body: withHead('Content-Disposition: form-database; name="file"'),
    code: 'multipart-part',
  },
  { fault: 'no name', body: withHead('Content-Disposition: form-data; filename="a"'), code: 'multipart-part' },
  { fault: 'two names', body: withHead('Content-Disposition: form-data; name="a"; name="b"'), code: 'multipart-part' },
  {
    fault: 'quotes that do not close',
    body: withHead('Content-Disposition: form-data; name="file'),
    code: 'multipart-part',
  },
  { fault: 'two dispositions', body: withHead(head, head), code: 'multipart-part' },
  { fault: 'no colon', body: withHead(head, 'Content-Type'), code: 'multipart-part' },
  { fault: 'white space before the colon', body: withHead(head, 'Content-Type : a/b'), code: 'multipart-part' },
  { fault: 'NUL in a head', body: withHead(`${head}\0`), code: 'multipart-part' },
  { fault: 'a bare LF in a head', body: withHead(`${head}\nX: y`), code: 'multipart-part' },
  {
    fault: 'a name that is no UTF-8',
    body: withHead('Content-Disposition: form-data; name="\xff"'),
    code: 'multipart-part',
  },
  { fault: 'base64', body: withHead(head, 'Content-Transfer-Encoding: base64'), code: 'multipart-part' },
];

for (const { fault, body, code } of bad) {
  test(`bad multipart: ${fault}`, () => {
    const bytes = Buffer.from(body, 'latin1');
    for (const size of sizes(bytes.length))
      assert.throws(() => parse(bytes, size), { name: 'HttpError', code, answer: 400 });
  });
}

test('multipart: a head as large as the limit, and one byte larger', () => {
  const limits = { ...multipartLimits, headBytesMax: 200 };
  const body = (size: number) => Buffer.from(withHead(head, `X: ${'x'.repeat(size - head.length - 5)}`));
  for (const size of [1, 7, 1000]) {
    assert.equal(parse(body(200), size, limits).length, 1);
    assert.throws(() => parse(body(201), size, limits), { code: 'multipart-head', answer: 413 });
  }
});

test('multipart: as many parts as the limit, and one more', () => {
  const limits = { ...multipartLimits, partsMax: 3 };
  const body = (count: number) => Buffer.from(`${lines('--B', head, '', 'x', '').repeat(count)}--B--`);
  assert.equal(parse(body(3), 1000, limits).length, 3);
  assert.throws(() => parse(body(4), 1000, limits), { code: 'multipart-parts', answer: 413 });
});

test('multipart: content made of bits of boundaries comes through, however it is split', () => {
  const bits = ['\r', '\n', '\r\n', '-', '--', 'B', '\r\n--', '\r\n--Bx', '\r\n--B-', ' ', 'x'];
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let round = 0; round < 2000; round += 1) {
    const content = Array.from({ length: random(20) }, () => bits[random(bits.length)]).join('');
    // The oracle: a whole boundary line, wherever the bits happen to make one.
    if (/(?:^|\r\n)--B(?:--)?[ \t]*\r\n/.test(`${content}\r\n`)) continue;
    const size = 1 + random(8);
    assert.deepEqual(
      parse(Buffer.from(whole(content)), size),
      [file(content)],
      JSON.stringify({ round, content, size }),
    );
  }
});

test('multipart: the content is passed on as views of the chunk, not copied', () => {
  const parser = new MultipartParser('B');
  const chunk = Buffer.from(whole('x'.repeat(1000)));
  const data = [...parser.receive(chunk)].filter((event) => event.kind === 'data');
  assert.deepEqual(
    data.map(({ bytes }) => [bytes.buffer === chunk.buffer, bytes.length]),
    [[true, 1000]],
  );
});

test('multipart boundary: 1 to 70 characters', () => {
  const boundaryOf = (text: string) =>
    multipartBoundary(parseMediaType(`multipart/form-data; ${text}`) ?? assert.fail());
  assert.equal(boundaryOf('boundary=----WebKitFormBoundary7MA4'), '----WebKitFormBoundary7MA4');
  assert.equal(boundaryOf('boundary="a b:\'()+_,-./=?c"'), "a b:'()+_,-./=?c");
  assert.equal(boundaryOf(`boundary=${'x'.repeat(70)}`).length, 70);
  const refused = [
    `boundary=${'x'.repeat(71)}`,
    'boundary=""',
    'boundary="a "',
    'boundary="a\u00e9"',
    'boundary="a@b"',
    'charset=utf-8',
  ];
  for (const text of refused) assert.throws(() => boundaryOf(text), { code: 'multipart-boundary', answer: 400 });
});
