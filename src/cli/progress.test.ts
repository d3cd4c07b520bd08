import assert from 'node:assert/strict';
import test from 'node:test';
import { recordingIo } from './io.testing.ts';
import { Progress } from './progress.ts';

test('progress: a line that is written over, at most ten times a second', () => {
  const { stderr, written } = recordingIo({ isTTY: true, columns: 80 });
  let now = 0;
  const progress = new Progress(stderr, 'plan\u001b.iso', 2048, { now: () => now });
  for (const [at, bytes] of [
    [1000, 512],
    [1050, 256],
    [1100, 256],
  ] as const) {
    now = at;
    progress.add(bytes);
  }
  progress.end();
  assert.deepEqual(written.stderr.split('\r').slice(1), [
    'plan\\u001b.iso [#####---------------]  25%  512 B of 2.0 KiB  512 B/s\u001b[K',
    'plan\\u001b.iso [##########----------]  50%  1.0 KiB of 2.0 KiB  931 B/s\u001b[K',
    '\u001b[K',
  ]);
});

test('progress: a long name is cut, so that the line does not wrap', () => {
  const { stderr, written } = recordingIo({ isTTY: true, columns: 60 });
  new Progress(stderr, 'x'.repeat(100), 0, { now: () => 0 }).add(0);
  assert.ok(written.stderr.replace(/\r|\u001b\[K/g, '').length < 60);
});

test('progress: nothing where there is no terminal', () => {
  const { stderr, written } = recordingIo();
  const progress = new Progress(stderr, 'x', 10, { now: () => 0 });
  progress.add(5);
  progress.end();
  assert.equal(written.stderr, '');
});
