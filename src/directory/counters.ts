/** Counts of requests to the directory, for `/metrics`. */
import type { DirectoryCommand } from '../protocols/directory/types.ts';

/** The counts of one command. */
export interface CommandOutcomes {
  answered: number;
  /** Requests whose reply was `ERR`. */
  refused: number;
}

/** The counts of all commands; `unknown` counts lines that name no command, or are no text. */
export type DirectoryCounters = Record<DirectoryCommand | 'unknown', CommandOutcomes>;

/** Counters that are all 0. */
export function createDirectoryCounters(): DirectoryCounters {
  const outcomes = (): CommandOutcomes => ({ answered: 0, refused: 0 });
  return {
    'register-user': outcomes(),
    'register-files': outcomes(),
    'unregister-files': outcomes(),
    'unregister-user': outcomes(),
    'list-files': outcomes(),
    'list-users': outcomes(),
    help: outcomes(),
    quit: outcomes(),
    unknown: outcomes(),
  };
}
