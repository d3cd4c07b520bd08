/**
 * The lines that a person types at the prompt, to values. Pure; `shell.ts` carries the commands out.
 *
 *     register plan.txt, "now, later.txt"         { kind: 'register', paths: ['plan.txt', 'now, later.txt'] }
 *     download bob "/home/bob/my plan.txt" .      { kind: 'download', user: 'bob', remote: ..., local: '.', ... }
 */
import { nearest } from '../bytes/nearest.ts';
import { splitPathList, takeQuoted } from '../protocols/directory/paths.ts';
import { firstWord } from '../protocols/directory/read.ts';

/** One command. */
export type ShareCommand =
  | { readonly kind: 'list-users' }
  | { readonly kind: 'list-files' }
  | { readonly kind: 'help' }
  | { readonly kind: 'quit' }
  /** `paths`: as they were typed. */
  | { readonly kind: 'register' | 'unregister'; readonly paths: readonly string[] }
  | {
      readonly kind: 'download';
      readonly user: string;
      readonly remote: string;
      /** The path of the file, or of a folder for it. */
      readonly local: string;
      readonly overwrite: boolean;
    };

/** The words that can be typed, and the command of each. */
export const shareCommands: ReadonlyMap<string, ShareCommand['kind']> = new Map([
  ['list-users', 'list-users'],
  ['list-files', 'list-files'],
  ['register', 'register'],
  ['register-files', 'register'],
  ['unregister', 'unregister'],
  ['unregister-files', 'unregister'],
  ['download', 'download'],
  ['help', 'help'],
  ['quit', 'quit'],
  ['exit', 'quit'],
]);

/** The text of the command `help`. */
export const helpText = `list-users                          everybody, and where they are
list-files                          everything that can be had
register F1, F2                     these files can be had from you
unregister F1, F2                   no longer
download [-f] USER REMOTE [LOCAL]   fetches a file to LOCAL, a file or a folder (default: here), and registers it;
                                    -f replaces a file that is there
help, quit
Your own name may stand before the files. What has a comma (for download: a space) in it is quoted: "a, b"; a quote
inside is written twice. Tab completes.
`;

/** A line that cannot be understood; `message` says why. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** The command in `line`, of the user `own`; undefined if it is empty. Throws CommandLineError or DirectoryError. */
export function parseCommandLine(line: string, own: string): ShareCommand | undefined {
  const { first, rest } = firstWord(line);
  if (first === '' || first.startsWith('#')) return undefined;
  const kind = shareCommands.get(first.toLowerCase());
  switch (kind) {
    case undefined:
      throw unknownCommand(first);
    case 'register':
    case 'unregister':
      return { kind, paths: splitPathList(withoutName(rest, own)) };
    case 'download':
      return parseDownloadLine(rest, own);
    default:
      if (withoutName(rest, own) !== '' && rest !== own) throw new CommandLineError(`${kind} takes nothing else`);
      return { kind };
  }
}

/** The text after the user's own name, which may be left out. A file of that name is quoted, or written as `./ada`. */
function withoutName(text: string, own: string): string {
  const { first, rest } = firstWord(text);
  return first === own && rest !== '' && !rest.startsWith(',') ? rest : text;
}

function parseDownloadLine(text: string, own: string): ShareCommand {
  const words = splitWords(text);
  // `download ada bob REMOTE LOCAL`: with one's own name in front.
  if (words[0] === own && words[1]?.startsWith('/') === false && words[2]?.startsWith('/')) words.shift();
  const overwrite = words[0] === '-f';
  if (overwrite) words.shift();
  const [user, remote, local = '.', ...more] = words;
  if (user === undefined || remote === undefined || more.length > 0) {
    throw new CommandLineError('expected download [-f] USER REMOTE [LOCAL]; what has a space in it is quoted');
  }
  return { kind: 'download', user, remote, local, overwrite };
}

/** The words of `text`, between spaces or in quotes. Throws a DirectoryError for a quote that is not closed. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  for (let rest = text.trim(); rest !== ''; rest = rest.trimStart()) {
    const quoted = rest.startsWith('"');
    const taken = quoted ? takeQuoted(rest) : firstWord(rest);
    words.push('value' in taken ? taken.value : taken.first);
    rest = taken.rest;
  }
  return words;
}

function unknownCommand(word: string): CommandLineError {
  const meant = nearest(word, shareCommands.keys());
  return new CommandLineError(
    `there is no command "${word.slice(0, 40)}"; ${meant === undefined ? 'see help' : `did you mean ${meant}?`}`,
  );
}
