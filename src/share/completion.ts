/**
 * What the Tab key offers: commands, then whatever fits where the line ends. It asks others what there is, and knows
 * how that has to be written.
 */
import { encodePath, quotePath } from '../protocols/directory/paths.ts';
import { shareCommands, splitWords } from './command-line.ts';

export interface CompletionSources {
  /** Names in the map. */
  users(): Promise<readonly string[]>;
  /** Paths that a user has registered. */
  filesOf(user: string): Promise<readonly string[]>;
  /** Paths that we have registered. */
  own(): readonly string[];
  /** Names of files here that begin with `prefix`; folders end with `/`. */
  local(prefix: string): Promise<readonly string[]>;
}

export interface Completion {
  /** Each can stand where `typed` stands. */
  readonly candidates: readonly string[];
  /** The end of the line that is to be completed. */
  readonly typed: string;
}

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

/** What was typed so far, out of its quote. */
function plain(typed: string): string {
  return typed.startsWith('"') ? typed.slice(1).replaceAll('""', '"') : typed;
}

/**
 * All quoted if one of them must be: else they had no beginning in common that could be filled in. In a folder one goes
 * on: its quote stays open.
 */
function written(names: readonly string[]): string[] {
  if (names.every((name) => encodePath(name) === name)) return [...names];
  return names.map((name) => (name.endsWith('/') ? quotePath(name).slice(0, -1) : quotePath(name)));
}
