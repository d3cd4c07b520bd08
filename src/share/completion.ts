/**
 * Completion by the Tab key: commands first, then the names that fit where the line ends, quoted where they must be.
 * The names come from `CompletionSources`.
 */
import { encodePath, quotePath } from '../protocols/directory/paths.ts';
import { shareCommands, splitWords } from './command-line.ts';

/** The names that can be offered. */
export interface CompletionSources {
  /** Users in the map. */
  users(): Promise<readonly string[]>;
  /** Paths that a user has registered. */
  filesOf(user: string): Promise<readonly string[]>;
  /** Paths that this user has registered. */
  own(): readonly string[];
  /** Paths on this machine that begin with `prefix`; folders end with `/`. */
  local(prefix: string): Promise<readonly string[]>;
}

/** The candidates for the end of a line. */
export interface Completion {
  /** Texts that can each take the place of `typed`. */
  readonly candidates: readonly string[];
  /** The end of the line, which is to be completed. */
  readonly typed: string;
}

/** The completion of `line`. */
export async function complete(line: string, sources: CompletionSources): Promise<Completion> {
  const [, word = '', rest] = /^\s*(\S*)(\s.*)?$/.exec(line) ?? [];
  if (rest === undefined)
    return { candidates: fitting(new Set(shareCommands.values()), word).map((name) => `${name} `), typed: word };
  const kind = shareCommands.get(word.toLowerCase());
  if (kind === 'download') return completeDownload(rest, sources);
  if (kind !== 'register' && kind !== 'unregister') return { candidates: [], typed: '' };
  const [, typed = ''] = /(?:^|,)\s*("(?:[^"]|"")*|[^",]*)$/.exec(rest) ?? [];
  const prefix = plain(typed);
  const names = kind === 'register' ? await sources.local(prefix) : fitting(sources.own(), prefix);
  return { candidates: written(names), typed };
}

async function completeDownload(rest: string, sources: CompletionSources): Promise<Completion> {
  const [, before = '', typed = ''] =
    /^((?:\s+(?:"(?:[^"]|"")*"|[^"\s]\S*))*\s+)("(?:[^"]|"")*|[^"\s]\S*|)$/.exec(rest) ?? [];
  const words = splitWords(before).filter((word) => word !== '-f');
  const prefix = plain(typed);
  switch (words.length) {
    case 0:
      return { candidates: fitting(await sources.users(), prefix).map((name) => `${name} `), typed };
    case 1: {
      const paths = written(fitting(await sources.filesOf(words[0] ?? ''), prefix));
      return { candidates: paths.map((path) => `${path} `), typed };
    }
    case 2:
      return { candidates: written(await sources.local(prefix)), typed };
    default:
      return { candidates: [], typed };
  }
}

function fitting(names: Iterable<string>, prefix: string): string[] {
  return [...names].filter((name) => name.startsWith(prefix));
}

/** The text that was typed so far, without its quotes. */
function plain(typed: string): string {
  return typed.startsWith('"') ? typed.slice(1).replaceAll('""', '"') : typed;
}

/**
 * The names as they are typed: all quoted if one must be, else they had no beginning in common that could be filled in.
 * The quote of a folder stays open, since the path goes on.
 */
function written(names: readonly string[]): string[] {
  if (names.every((name) => encodePath(name) === name)) return [...names];
  return names.map((name) => (name.endsWith('/') ? quotePath(name).slice(0, -1) : quotePath(name)));
}
