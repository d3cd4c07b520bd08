/** How large things get: files, lines, folders, functions. */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { functionsOf } from './functions.testing.ts';
import { sources } from './sources.testing.ts';

describe('sizes', () => {
  test('no file is longer than 300 lines, no line longer than 120 columns', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 300).map(({ path }) => path);
    const wide = sources.filter(({ text }) => text.split('\n').some(isTooWide)).map(({ path }) => path);
    assert.deepEqual({ long, wide }, { long: [], wide: [] });
  });

  test('no folder has more than 24 files of code', () => {
    const counts = new Map<string, number>();
    for (const { path } of sources) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    const full = [...counts].filter(([, count]) => count > 24);
    assert.deepEqual(full, []);
  });

  test('no function is longer than 70 lines', () => {
    const found = sources.flatMap(({ path, text }) => functionsOf(text).map((one) => ({ path, ...one })));
    assert.ok(found.length > 2000, `the functions are seen: ${found.length}`);
    const long = found.filter(({ length }) => length > 70);
    assert.deepEqual(
      long.map(({ path, line, length, head }) => `${path}:${line}: ${length} lines: ${head}`),
      [],
    );
  });

  const body = (lines: number, indent: string): string => `${indent}  a();\n`.repeat(lines);
  const forms: Readonly<Record<string, (lines: number) => string>> = {
    function: (lines) => `export async function f(): Promise<void> {\n${body(lines - 2, '')}}\n`,
    'function with parameters on lines of their own': (lines) =>
      `function f(\n  a: A,\n): { readonly b: B } {\n${body(lines - 4, '')}}\n`,
    method: (lines) => `class A {\n  static async #f(a: A): Promise<B> {\n${body(lines - 2, '  ')}  }\n}\n`,
    'method with parameters on lines of their own': (lines) =>
      `class A {\n  *f(\n    a: A,\n  ): B {\n${body(lines - 4, '  ')}  }\n}\n`,
    arrow: (lines) => `const f = async (a: A): Promise<B> => {\n${body(lines - 2, '')}};\n`,
    'arrow with an expression': (lines) => `const f = (a: A) =>\n  g(\n${body(lines - 3, '  ')}  );\n`,
    'arrow as an argument': (lines) => `  it.map(b, (a) => {\n${body(lines - 2, '  ')}  });\n`,
    'function with a gap and an else': (lines) =>
      `function f() {\n  if (a) {\n${body(lines - 7, '  ')}  } else {\n    b();\n\n  }\n}\n`,
  };
  for (const [name, of] of Object.entries(forms)) {
    test(`the control: ${name}, of 71 lines and of 70`, () => {
      for (const lines of [71, 70]) {
        assert.equal(
          Math.max(...functionsOf(`const before = 1;\n\n${of(lines)}\nfunction g() {}\n`).map(({ length }) => length)),
          lines,
        );
      }
    });
  }

  test('the control: a class, a table and a chain of ifs are no functions', () => {
    const text = `class A extends B {\n  a = 1;\n}\nconst a = [\n  1,\n];\nif (\n  a\n) {\n  b();\n}\nconst c = f(\n  a,\n);\n`;
    assert.deepEqual(functionsOf(text), []);
  });
});

/** A literal, as in a page, cannot always be broken. */
function isTooWide(line: string): boolean {
  return line.length > 120 && !/[`'].*[`']|[`<]/.test(line);
}
