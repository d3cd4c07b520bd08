/** The ends of a download that pass for honest ones, for every way to ask. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededBytes, seededRandom } from '../random.ts';
import { judge } from './judge.ts';
import { expectedBody, type FileRequest, someRequest } from './requests.ts';

const expected = Buffer.from('0123456789');

const cases: { name: string; exitCode: number; received: string; kind: string; detail?: RegExp }[] = [
  { name: 'nothing lost', exitCode: 0, received: '0123456789', kind: 'whole' },
  { name: 'partial file', exitCode: 18, received: '01234', kind: 'told' },
  { name: 'connection reset', exitCode: 56, received: '01234', kind: 'told' },
  { name: 'cut before the first byte', exitCode: 18, received: '', kind: 'told' },
  { name: 'short success', exitCode: 0, received: '01234', kind: 'fault', detail: /exited 0 with 5 of 10 bytes/ },
  { name: 'empty success', exitCode: 0, received: '', kind: 'fault', detail: /exited 0 with 0 of 10 bytes/ },
  { name: 'too much', exitCode: 0, received: '0123456789x', kind: 'fault', detail: /not right/ },
  { name: 'a wrong byte, whole', exitCode: 0, received: '0123x56789', kind: 'fault', detail: /not right/ },
  { name: 'a wrong byte, cut', exitCode: 18, received: '0123x', kind: 'fault', detail: /not right/ },
  { name: 'refused', exitCode: 22, received: '', kind: 'fault', detail: /exited 22/ },
  { name: 'timed out', exitCode: 28, received: '012', kind: 'fault', detail: /exited 28/ },
];

for (const { name, exitCode, received, kind, detail } of cases) {
  test(name, () => {
    const verdict = judge({ exitCode, received: Buffer.from(received) }, expected);
    assert.equal(verdict.kind, kind);
    if (verdict.kind === 'fault') assert.match(verdict.detail, detail as RegExp);
  });
}

test('several ranges are expected with the boundary that the server chose', () => {
  const request: FileRequest = {
    http: '1.1',
    ranges: [
      { start: 0, end: 1 },
      { start: 8, end: 9 },
    ],
  };
  const part = (bytes: string, range: string): string =>
    `--abc\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${range}/10\r\n\r\n${bytes}\r\n`;
  const whole = Buffer.from(`${part('01', '0-1')}${part('89', '8-9')}--abc--\r\n`);
  assert.equal(expectedBody(expected, request, whole).toString(), whole.toString());
  const cut = whole.subarray(0, 100);
  assert.equal(judge({ exitCode: 18, received: cut }, expectedBody(expected, request, cut)).kind, 'told');
  assert.equal(judge({ exitCode: 0, received: cut }, expectedBody(expected, request, cut)).kind, 'fault');
});

test('whatever is asked for, the last three quarters of the file are in it', () => {
  const random = seededRandom(1);
  const file = seededBytes('file', 8000);
  for (let count = 0; count < 200; count += 1) {
    const request = someRequest(random, file.length);
    const body = expectedBody(file, request, Buffer.from('--abc\r\n'));
    assert.ok(body.includes(file.subarray(2000)));
    assert.ok(body.length > 6500);
  }
});
