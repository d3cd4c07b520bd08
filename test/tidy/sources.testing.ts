/** The sources that the rules of tidy.test.ts are about: their text, what they import, what they say of themselves. */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Not what was compiled of it: beside that, the manifest is a link. */
export const root = dirname(realpathSync(fileURLToPath(new URL('../../package.json', import.meta.url))));

export interface Import {
  /** Node's modules as `node:net`, ours relative to src/. */
  readonly of: string;
  readonly typeOnly: boolean;
}

export interface Source {
  /** Relative to src/, e.g. `storage/fetch/fetch.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** All files of src/, tests and their helpers among them. */
export const everySource: readonly Source[] = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path) => sourceOf(path, readFileSync(join(root, 'src', path), 'utf8')));

/** Those that are the product. */
export const sources = everySource.filter(({ path }) => !/\.test(ing)?\.ts$/.test(path));

/** Test files and their helpers, of src/ and of test/. */
export const tests: readonly Pick<Source, 'path' | 'text'>[] = [
  ...everySource.filter((source) => !sources.includes(source)).map(({ path, text }) => ({ path: `src/${path}`, text })),
  ...readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path: `test/${path}`, text: readFileSync(join(root, 'test', path), 'utf8') })),
];

export function sourceOf(path: string, text: string): Source {
  const statements = text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gm);
  const imports = [...statements].map(([, type, from, dynamic]) => {
    const of = from ?? dynamic ?? '';
    return { of: of.startsWith('.') ? relative('.', join(dirname(path), of)) : of, typeOnly: type !== undefined };
  });
  return { path, text, imports };
}

/** The text of the first comment, on one line. */
export function topComment(text: string): string {
  const [, comment = ''] = /\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  return comment.replace(/\s*\n\s*\*?\s?/g, ' ').trim();
}

/** Whether a file says of itself that it is pure: "Pure", at the beginning of a sentence of its first comment. */
export function isPure({ text }: Pick<Source, 'text'>): boolean {
  return /(^|[.:;!?]\s+)Pure\b/.test(topComment(text));
}

export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*$/gm, '');
}
