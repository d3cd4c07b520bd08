import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingIo } from '../cli/io.testing.ts';
import { createReport, type Report } from './report.ts';

const file = { id: 'c9'.repeat(20), name: 'plan.iso', length: 1000 };

/** Tells the same story to every kind of report. */
function tell(report: Report): void {
  report.checking(1, 2);
  report.standing({ haveBytes: 500, takenBytes: 0, peers: 3 });
  report.note('a tracker\u001b[2J');
  report.done('films/plan.iso', 65, 650);
}

test('on a terminal: a bar that makes room for what is said, and the path on stdout', () => {
  const io = recordingIo({ isTTY: true, columns: 120 });
  tell(createReport(io, file, false));
  assert.equal(io.written.stdout, 'films/plan.iso\n');
  assert.match(io.written.stderr, /plan\.iso \[-{20}\] {3}0% {2}0 B of 1000 B {2}reading again what is there: 50%/);
  assert.match(io.written.stderr, /\r\u001b\[Krivulet: a tracker\\u001b\[2J\n/);
  assert.match(io.written.stderr, /1000 B, every piece verified; 650 B came in 1:05 \(10 B\/s\)\n$/);
});

test('elsewhere: lines on stderr', () => {
  const io = recordingIo();
  tell(createReport(io, file, false));
  assert.equal(io.written.stdout, 'films/plan.iso\n');
  assert.equal(io.written.stderr, 'rivulet: plan.iso: 50% of 1000 B  0 B/s  3 peers\nrivulet: a tracker\\u001b[2J\n');
});

test('as JSON: a line for each event', () => {
  const io = recordingIo();
  tell(createReport(io, file, true));
  assert.equal(io.written.stderr, '');
  assert.deepEqual(
    io.written.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { event: 'checking', done_bytes: 1, total_bytes: 2 },
      { event: 'progress', have_bytes: 500, length: 1000, bytes_per_second: 0, peers: 3 },
      { event: 'note', message: 'a tracker\u001b[2J' },
      { event: 'done', path: 'films/plan.iso', ...file, seconds: 65 },
    ],
  );
});
