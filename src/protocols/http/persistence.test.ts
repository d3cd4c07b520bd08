import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequests } from './feed.testing.ts';
import { awaitsContinue, checkExpectation, frameRequest, frameResponse, persists } from './persistence.ts';
import type { RequestHead } from './types.ts';

function head(minorVersion: 0 | 1, lines = ''): RequestHead {
  const { messages } = readRequests(
    `GET / HTTP/1.${minorVersion}\r\nHost: h\r\n${lines}\r\n`,
    Number.POSITIVE_INFINITY,
  );
  return messages[0]?.head ?? assert.fail('not a request');
}

const persistence: [minorVersion: 0 | 1, lines: string, persists: boolean][] = [
  [1, '', true],
  [1, 'Connection: close\r\n', false],
  [1, 'Connection: CLOSE\r\n', false],
  [1, 'Connection: upgrade,\tClose , te\r\n', false],
  [1, 'Connection: te\r\nConnection: close\r\n', false],
  [1, 'Connection: keep-alive, close\r\n', false],
  [1, 'Connection: keep-alive\r\n', true],
  [1, 'Connection: closed\r\n', true],
  [1, 'Connection:\r\n', true],
  [0, '', false],
  [0, 'Connection: keep-alive\r\n', true],
  [0, 'Connection: te, Keep-Alive\r\n', true],
  [0, 'Connection: keep-alive, close\r\n', false],
  [0, 'Keep-Alive: timeout=5\r\n', false],
];

for (const [minorVersion, lines, expected] of persistence) {
  test(`HTTP/1.${minorVersion} with ${JSON.stringify(lines)} ${expected ? 'persists' : 'ends'}`, () => {
    assert.equal(persists(head(minorVersion, lines)), expected);
  });
}

test('100 is waited for by HTTP/1.1 only', () => {
  assert.equal(awaitsContinue(head(1, 'Expect: 100-continue\r\n')), true);
  assert.equal(awaitsContinue(head(0, 'Expect: 100-continue\r\n')), false);
  assert.equal(awaitsContinue(head(1)), false);
});

test('an expectation that is not met is refused', () => {
  checkExpectation(head(1));
  checkExpectation(head(1, 'Expect: 100-Continue\r\n'));
  for (const value of ['200-ok', '100-continue, 200-ok', '100-continue;a=b', '']) {
    assert.throws(() => checkExpectation(head(1, `Expect: ${value}\r\n`)), { answer: 417 });
  }
});

const framings: [
  name: string,
  request: [method: string, minorVersion: number],
  answer: [status: number, length: number | null, persists: boolean],
  framing: { content: boolean; chunked: boolean; persists: boolean; lines: string },
][] = [
  [
    'a known length',
    ['GET', 1],
    [200, 5, true],
    { content: true, chunked: false, persists: true, lines: 'Content-Length: 5\r\n' },
  ],
  [
    'no content',
    ['GET', 1],
    [404, 0, true],
    { content: true, chunked: false, persists: true, lines: 'Content-Length: 0\r\n' },
  ],
  [
    'an unknown length',
    ['GET', 1],
    [200, null, true],
    { content: true, chunked: true, persists: true, lines: 'Transfer-Encoding: chunked\r\n' },
  ],
  [
    'HEAD',
    ['HEAD', 1],
    [200, 5, true],
    { content: false, chunked: false, persists: true, lines: 'Content-Length: 5\r\n' },
  ],
  [
    'HEAD, unknown length',
    ['HEAD', 1],
    [200, null, true],
    { content: false, chunked: true, persists: true, lines: 'Transfer-Encoding: chunked\r\n' },
  ],
  ['204', ['GET', 1], [204, 0, true], { content: false, chunked: false, persists: true, lines: '' }],
  ['304', ['GET', 1], [304, 0, true], { content: false, chunked: false, persists: true, lines: '' }],
  [
    'the last answer',
    ['GET', 1],
    [200, 5, false],
    { content: true, chunked: false, persists: false, lines: 'Content-Length: 5\r\nConnection: close\r\n' },
  ],
  [
    'HTTP/1.0',
    ['GET', 0],
    [200, 5, false],
    { content: true, chunked: false, persists: false, lines: 'Content-Length: 5\r\nConnection: close\r\n' },
  ],
  [
    'HTTP/1.0 that persists',
    ['GET', 0],
    [200, 5, true],
    { content: true, chunked: false, persists: true, lines: 'Content-Length: 5\r\nConnection: keep-alive\r\n' },
  ],
  [
    'HTTP/1.0, unknown length',
    ['GET', 0],
    [200, null, true],
    { content: true, chunked: false, persists: false, lines: 'Connection: close\r\n' },
  ],
  [
    'HTTP/1.0, HEAD, unknown length',
    ['HEAD', 0],
    [200, null, true],
    { content: false, chunked: false, persists: true, lines: 'Connection: keep-alive\r\n' },
  ],
];

for (const [name, [method, minorVersion], [status, length, persisting], framing] of framings) {
  test(`frames an answer with ${name}`, () => {
    assert.deepEqual(frameResponse({ method, minorVersion }, { status, length, persists: persisting }), framing);
  });
}

test('a request says how its content ends', () => {
  assert.deepEqual(frameRequest(undefined), []);
  assert.deepEqual(frameRequest(0), [['Content-Length', '0']]);
  assert.deepEqual(frameRequest(null), [['Transfer-Encoding', 'chunked']]);
});
