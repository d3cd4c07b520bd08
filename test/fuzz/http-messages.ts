/**
 * Makes HTTP requests for fuzzing: valid ones from the grammar, one to three behind each other, then mutated where it
 * hurts: at line ends, in numbers, in the fields that frame a message.
 */
import type { Random } from './random.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
const targets = ['/', '/files', '/a%20b?c=d&e', '/a/../b', 'http://h/a', 'http://[::1]:80', '/?q=%c3%a9', '//a'];
const hosts = ['h', 'localhost:8080', '[::1]', '127.0.0.1:80'];
const fieldLines = [
  'Accept: */*',
  'X-Empty:',
  'X-Tab:\ta\tb\t',
  'X-Latin: caf\xe9',
  'Cookie: a=b; c="d, e"',
  'Connection: keep-alive',
  'Expect: 100-continue',
  'TE: trailers',
];
const extensions = ['', '', '', ';a', ';a=b', ';a="b \\" ;c"', ' ; a = b', ';a=b;c'];
const contents = [
  '',
  'a',
  'hello',
  'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
  '0\r\n\r\n',
  '\r\n',
  '\0\xff',
  'x'.repeat(300),
];

/** What mutations put in: the pieces that framing is made of, and what has been mistaken for them. */
const splinters = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    '\n\n',
    '\r\r\n',
    ' ',
    '\t',
    '\0',
    '\x0b',
    '\x7f',
    '\xa0',
    '\xff',
    ':',
    ',',
    ';',
    '"',
    '%',
  ],
  ...[
    '\r\n ',
    '\r\n\t',
    ' :',
    ': ',
    '0',
    '1',
    '5',
    'a',
    'f',
    'g',
    '-',
    '+',
    '0x',
    '00',
    '9007199254740993',
    'ffffffffffffffff',
  ],
  ...['Content-Length: 5\r\n', 'Content-Length: 0\r\n', 'content-length:5\r\n', 'Content-Length: 5, 5\r\n'],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip\r\n', 'transfer-encoding:\tCHUNKED\r\n'],
  ...[
    'Transfer-Encoding: chunked, identity\r\n',
    'Transfer-Encoding: gzip, chunked\r\n',
    'Transfer-Encoding : chunked\r\n',
  ],
  ...[
    'Host: i\r\n',
    'Host:\r\n',
    'Connection: close\r\n',
    'X: y\r\n',
    'HTTP/1.0',
    'HTTP/1.1',
    'HTTP/2.0',
    'chunked',
    'GET ',
  ],
];

/** One to three requests, valid or nearly so, one character a byte. */
export function makeRequests(random: Random): string {
  let bytes = '';
  for (let count = 1 + random.below(3); count > 0; count -= 1) bytes += makeRequest(random);
  for (let count = random.below(4); count > 0; count -= 1) bytes = mutate(bytes, random);
  return bytes;
}

function makeRequest(random: Random): string {
  const version = random.once(6) ? '0' : '1';
  const lines = [`${random.pick(methods)} ${random.pick(targets)} HTTP/1.${version}`];
  if (version === '1' || random.once(2)) lines.push(`Host: ${random.pick(hosts)}`);
  for (let count = random.below(3); count > 0; count -= 1) lines.push(random.pick(fieldLines));
  const { framing, body } = makeBody(random, version === '1');
  return [...lines, ...framing, '', body].join('\r\n');
}

function makeBody(random: Random, mayBeChunked: boolean): { framing: string[]; body: string } {
  const content = random.pick(contents);
  if (random.once(2)) return { framing: [], body: '' };
  if (!mayBeChunked || random.once(2)) return { framing: [`Content-Length: ${content.length}`], body: content };
  let body = '';
  for (let at = 0; at < content.length; ) {
    const chunk = content.slice(at, at + 1 + random.below(content.length));
    body += `${chunk.length.toString(16)}${random.pick(extensions)}\r\n${chunk}\r\n`;
    at += chunk.length;
  }
  const trailers = random.once(3) ? 'X-Trailer: a\r\n' : '';
  return { framing: ['Transfer-Encoding: chunked'], body: `${body}0${random.pick(extensions)}\r\n${trailers}\r\n` };
}

function mutate(bytes: string, random: Random): string {
  const at = placeIn(bytes, random);
  const before = bytes.slice(0, at);
  const after = bytes.slice(at);
  switch (random.below(5)) {
    case 0:
      return before + random.pick(splinters) + after;
    case 1:
      return before + after.slice(1 + random.below(3));
    case 2:
      return before + random.pick(splinters) + after.slice(1);
    case 3:
      return before + String.fromCharCode(random.below(256)) + after.slice(1);
    default: {
      const end = after.indexOf('\n') + 1; // the rest of the line, once more
      return before + after.slice(0, end) + after;
    }
  }
}

/** Anywhere, but mostly at a line's end, since that is where messages are told apart. */
function placeIn(bytes: string, random: Random): number {
  const anywhere = random.below(bytes.length + 1);
  if (random.once(3)) return anywhere;
  const lineEnd = bytes.indexOf('\r\n', anywhere);
  return lineEnd < 0 ? anywhere : lineEnd + random.below(3);
}
