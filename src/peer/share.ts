/**
 * Lends out complete files of the user's own (`--share FILE`): finds out which of the server's files each one is, by
 * length and SHA-256, and tells the store where it lies. A file that is shared already and has not changed is not read.
 */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type RetryOptions, retry } from '../async/retry.ts';
import type { TorrentId } from '../bytes/ids.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { hashFile } from '../io/files/hash-file.ts';
import type { PieceStore } from '../io/pieces/piece-store.ts';
import { findByLength, type KnownFile } from './known-files.ts';

export interface ShareContext {
  readonly store: PieceStore;
  readonly server: URL;
  readonly retrying: RetryOptions;
}

/**
 * Shares the file at `path`; undefined when `retrying` was ended by its signal. Fails with a CommandError if it cannot
 * be shared.
 */
export async function shareFile(
  path: string,
  { store, server, retrying }: ShareContext,
): Promise<TorrentId | undefined> {
  const known = await store.sharedAs(path);
  if (known !== undefined) return known;
  const length = await lengthOf(path);
  const candidates = await retry(() => findByLength(server, length), retrying);
  if (candidates === undefined) return undefined;
  if (candidates.kind === 'refused') throw new CommandError(exitCode.failure, candidates.message);
  const origin = await store.origin(path);
  const match = await findMatch(path, candidates.value);
  if (match === undefined) {
    const upload = `curl -T '${path.replaceAll("'", String.raw`'\''`)}' ${server.origin}/upload/`;
    throw new CommandError(exitCode.failure, `${server.origin} does not know ${path}. Upload it first: ${upload}`);
  }
  await store.share(match.file.id, origin, match.pieces);
  return match.file.id;
}

async function lengthOf(path: string): Promise<number> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(exitCode.failure, `${path} cannot be shared (${error.code})`);
  });
  if (!stats.isFile()) throw new CommandError(exitCode.failure, `${path} cannot be shared: it is not a file`);
  if (stats.size === 0) throw new CommandError(exitCode.failure, `${path} cannot be shared: it is empty`);
  return stats.size;
}

/** The candidate with the file's content; of several one that also has its name. */
async function findMatch(path: string, candidates: readonly KnownFile[]) {
  const byName = [...candidates].sort((a, b) => Number(b.name === basename(path)) - Number(a.name === basename(path)));
  for (const pieceLength of new Set(byName.map((file) => file.pieceLength))) {
    const hashed = await hashFile(path, pieceLength);
    if (hashed === undefined) throw new CommandError(exitCode.failure, `${path} changed while it was read`);
    const file = byName.find((one) => one.pieceLength === pieceLength && one.sha256 === hashed.sha256);
    if (file !== undefined) return { file, pieces: hashed.pieces };
  }
  return undefined;
}
