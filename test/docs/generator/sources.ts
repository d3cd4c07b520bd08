/**
 * The sources of the product as the generated documents see them: paths, comments, and code without comments. Lines
 * that the formatter has arranged are read as lines; this is no parser of TypeScript, and `generated-docs.test.ts`
 * fails when it misses what it must find.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, not that of the compiled tests: beside them the manifest is a link. */
export const root = dirname(realpathSync(fileURLToPath(new URL('../../../package.json', import.meta.url))));

/** One file of `src/`. */
export interface Source {
  /** Relative to the root, e.g. `src/storage/intake.ts`. */
  readonly path: string;
  readonly text: string;
  /** `text` with a space in place of each character of a comment. */
  readonly code: string;
}

/** All files of `src/`, tests and their tools among them, by path. */
export function readSources(): Source[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => asSource(`src/${path}`, readFileSync(join(root, 'src', path), 'utf8')));
}

/** A source of which the text is known. */
export function asSource(path: string, text: string): Source {
  return { path, text, code: text.replace(comment, (found) => found.replace(/[^\n]/g, ' ')) };
}

/** Whether a file is part of the product: no test, no tool of tests. */
export function isProduct({ path }: Source): boolean {
  return !/\.(test|testing)\.ts$/.test(path);
}

/** A block that begins a line, or the rest of a line. */
const comment = /^[ \t]*\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ [^\n]*/gm;

/** The texts of a source's comments, each in one line without its frame. */
export function commentsOf({ text }: Source): string[] {
  return [...text.matchAll(comment)].map(([found]) => plainComment(found));
}

/** The text of one comment, in one line. */
export function plainComment(found: string): string {
  return found
    .replace(/^\s*\/\*+|\*\/\s*$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(\*|\/\/)\s?/, '').trim())
    .join(' ')
    .trim();
}

/** The arguments of the call whose `(` is at `open`, as they are written. */
export function callArguments(code: string, open: number): string[] {
  const parts: string[] = [];
  let depth = 0;
  let begin = open + 1;
  for (let at = open; at < code.length; at += 1) {
    const character = code[at] as string;
    if (character === "'" || character === '`') at = endOfString(code, at);
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    const isEnd = depth === 0;
    if (!isEnd && !(character === ',' && depth === 1)) continue;
    parts.push(code.slice(begin, at).trim());
    begin = at + 1;
    if (isEnd) break;
  }
  return parts.filter((part) => part !== '');
}

/** The index of the quote that ends the string begun at `begin`. */
function endOfString(code: string, begin: number): number {
  const quote = code[begin];
  for (let at = begin + 1; at < code.length; at += 1) {
    if (code[at] === '\\') at += 1;
    else if (code[at] === quote) return at;
    else if (quote === '`' && code.startsWith('${', at)) at = endOfInterpolation(code, at + 1);
  }
  return code.length;
}

/** The index of the `}` that ends the interpolation whose `{` is at `begin`. */
function endOfInterpolation(code: string, begin: number): number {
  let depth = 0;
  for (let at = begin; at < code.length; at += 1) {
    const character = code[at] as string;
    if (character === "'" || character === '`') at = endOfString(code, at);
    else if (character === '{') depth += 1;
    else if (character === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}

/** The string literals in `code`. */
export function stringsOf(code: string): string[] {
  return [...code.matchAll(/'([^'\n]*)'/g)].map(([, text]) => text as string);
}

/** A link to a file of the repository, from a page in `docs/`. */
export function link(path: string, text: string = path): string {
  return `[${text}](../${path})`;
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(asCell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function asCell(text: string): string {
  return text
    .replaceAll(/(?<!\\)\|/g, '\\|')
    .replaceAll('\n', ' ')
    .replaceAll('<', '&lt;');
}
