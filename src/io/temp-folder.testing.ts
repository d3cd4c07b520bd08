/** A folder for one test, gone after it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export function tempFolder(test: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rivulet-test-'));
  test.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
