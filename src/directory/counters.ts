/** What the directory has been asked, for `/metrics`. */
import type { DirectoryCommand } from '../protocols/directory/types.ts';

export interface CommandOutcomes {
  answered: number;
  /** Told a reason why not. */
  refused: number;
}

/** `unknown`: lines that name no command, or are no text. */
export type DirectoryCounters = Record<DirectoryCommand | 'unknown', CommandOutcomes>;

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
