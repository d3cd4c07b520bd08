/** How comments begin: they are read alone, in an editor's hover. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everySource, sources } from './sources.testing.ts';

/** Words whose noun would have to be elsewhere. "Whether" and "When" begin a sentence that stands alone. */
const form =
  /\/\*\*\s*(?:\*\s?)?((?:What|Who|Whom|Whose|It|Its|Those|These|They|The same|Where|That|Such|And|Which|How)\b[^\n*]*)/g;

/** The doc comments that have no subject, each with its line. */
function subjectless(text: string): string[] {
  return [...text.matchAll(form)].map(
    ({ index, 1: comment = '' }) => `${text.slice(0, index).split('\n').length}: ${comment.trim()}`,
  );
}

describe('comments', () => {
  test('every file begins with what it is about', () => {
    const bare = sources
      .filter(({ text }) => !/^(#!.*\n)?(import [^;]*;\s*)*\/\*\*/.test(text))
      .map(({ path }) => path);
    assert.deepEqual(bare, []);
  });

  test('no doc comment begins with a pronoun or relative without its noun', () => {
    const faults = everySource.flatMap(({ path, text }) => subjectless(text).map((fault) => `${path}:${fault}`));
    assert.equal(faults.length, 0, `${faults.length} do:\n${faults.join('\n')}`);
  });

  test('the control', () => {
    const text =
      '/** What it is. */\n\n/**\n * The same of it.\n */\n  /** Those. */\n/** Whether it is. */\n/** The sames. */\n';
    assert.deepEqual(subjectless(text), ['1: What it is.', '3: The same of it.', '6: Those.']);
  });
});
