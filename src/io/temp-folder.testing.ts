/** A folder for one test, gone after it. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export function tempFolder(test: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rivulet-test-'));
  // Again, when it is not empty after all: what the test started may still be writing. `rmSync` would not look again.
  test.after(() => rm(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}
