/** A drill as a test, with few repetitions: everything must hold, and its control must come back red. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Drill } from '../../src/drill/drill.ts';
import { runDrill } from '../../src/drill/run.ts';
import { tempFolder } from '../../src/io/temp-folder.testing.ts';

/** The same every time, so that a red run can be looked at again; the full drill takes another seed each time. */
const seed = 20_261_120;

export function testDrill(drill: Drill): void {
  test(`${drill.id}: ${drill.fault}`, async (t) => {
    const scratch = tempFolder(t);
    const say = (line: string): void => t.diagnostic(line);
    const outcome = await runDrill(drill, { seed, scratch, say, scale: 'test', minutes: 1, signal: t.signal });
    t.diagnostic(JSON.stringify(outcome.report.facts));
    assert.deepEqual(outcome.report.failures, []);
    assert.equal(outcome.verdict, 'held', outcome.report.skipped);
    assert.equal(outcome.control, 'caught', outcome.controlReport.skipped);
  });
}
