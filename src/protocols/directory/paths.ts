/**
 * Paths of shared files: which are allowed, and how several stand on a line.
 *
 *     /home/ada/plan.txt, "/home/ada/now, later.txt", "/home/ada/the ""big"" one.txt"
 *
 * A path that begins with `"` is quoted: it ends at the next `"`, and one inside is written twice. Any other path ends
 * at the next comma; spaces around it are not part of it.
 */
import { DirectoryError } from './errors.ts';
import { controlCharacter, directoryLimits } from './types.ts';

/**
 * Gives `path` back. Throws a DirectoryError unless it is absolute, in its plain form, so that no file has two names,
 * and without control characters: the name of a file may even hold a line break.
 */
export function checkPath(path: string): string {
  const bytes = Buffer.byteLength(path);
  if (bytes > directoryLimits.pathBytesMax) {
    throw new DirectoryError('too-long', `a path has at most ${directoryLimits.pathBytesMax} bytes, not ${bytes}`);
  }
  const shown = path.slice(0, 80);
  if (!path.startsWith('/')) throw new DirectoryError('bad-path', `a path begins with /, not as "${shown}"`);
  const [, ...parts] = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new DirectoryError('bad-path', `a path has no empty part, "." or "..", as "${shown}" has`);
  }
  if (controlCharacter.test(path)) throw new DirectoryError('bad-path', 'a path has no control characters');
  return path;
}

/** The paths in `text`: at least one, each checked, none twice. Throws a DirectoryError. */
export function parsePathList(text: string): string[] {
  const paths = splitPathList(text).map(checkPath);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw new DirectoryError('bad-request', `${twice} comes twice`);
  return paths;
}

/** The texts between the commas, without their quotes. Throws a DirectoryError for an empty one, or an open quote. */
export function splitPathList(text: string): string[] {
  const items: string[] = [];
  let rest = text;
  for (;;) {
    const item = takeItem(rest.trimStart());
    items.push(item.value);
    if (item.rest === '') return items;
    rest = item.rest.slice(1);
  }
}

/** The beginning of a text, and the rest. */
interface Taken {
  readonly value: string;
  /** Empty, or the text from the comma on. */
  readonly rest: string;
}

function takeItem(text: string): Taken {
  if (text.startsWith('"')) return takeQuotedItem(text);
  const comma = text.indexOf(',');
  const value = (comma < 0 ? text : text.slice(0, comma)).trimEnd();
  if (value === '') throw new DirectoryError('bad-request', 'a path is missing: F1, F2');
  return { value, rest: comma < 0 ? '' : text.slice(comma) };
}

function takeQuotedItem(text: string): Taken {
  const { value, rest } = takeQuoted(text);
  const after = rest.trimStart();
  if (after !== '' && !after.startsWith(',')) {
    throw new DirectoryError('bad-request', `expected a comma after "${value}" (a quote inside is written twice)`);
  }
  return { value, rest: after };
}

/** The quoted text at the beginning of `text`, and the rest. Throws a DirectoryError. */
export function takeQuoted(text: string): Taken {
  const [whole, inside] = /^"((?:[^"]|"")*)"/.exec(text) ?? [];
  if (whole === undefined || inside === undefined) throw new DirectoryError('bad-request', 'a quote is not closed');
  if (inside === '') throw new DirectoryError('bad-request', 'there is nothing between the quotes');
  return { value: inside.replaceAll('""', '"'), rest: text.slice(whole.length) };
}

/** The path as it stands on a line: quoted where it could be misread, in a list of paths or before an offset. */
export function encodePath(path: string): string {
  return /^[^\s",]+$/.test(path) ? path : quotePath(path);
}

/** The path in quotes. */
export function quotePath(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}
