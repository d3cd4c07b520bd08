/** What is to be fetched, from what was asked for: a `.torrent` says all of it, a magnet link only its hash. */

import { CommandError, exitCode } from '../cli/exit.ts';
import { storedInfo } from '../io/downloads/stored-info.ts';
import type { RemoteAddress } from '../io/peer-socket.ts';
import { metainfoFromInfo } from '../protocols/metainfo/from-info.ts';
import { parseInfo } from '../protocols/metainfo/read-info.ts';
import type { Info, Magnet, Torrent } from '../protocols/metainfo/types.ts';
import type { FileRecord } from '../swarm/file-entry.ts';
import type { SwarmClient } from '../swarm/leech/swarm-client.ts';

/** A torrent, and who may have it. */
export interface Wanted {
  readonly file: FileRecord;
  readonly tiers: readonly (readonly string[])[];
  readonly peers: readonly RemoteAddress[];
}

export function wantedTorrent({ info, trackers, pieceLayers }: Torrent, peers: readonly RemoteAddress[]): Wanted {
  return { file: recordOf(info, pieceLayers), tiers: trackers, peers };
}

/** Asks peers for the rest, unless an earlier run did (`directory`). Settles when `signal` is aborted, by failing. */
export async function wantedMagnet(
  { infoHash, trackers, peers: named }: Magnet,
  {
    client,
    directory,
    peers,
    signal,
  }: { client: SwarmClient; directory: string; peers: readonly RemoteAddress[]; signal: AbortSignal },
): Promise<Wanted> {
  const tiers = trackers.map((url) => [url]);
  const known = [...named, ...peers];
  const stored = await storedInfo(directory, infoHash);
  if (stored !== undefined) return { file: recordOf(parseInfo(stored)), tiers, peers: known };
  const { info, peers: found } = await client.findInfo({ infoHash, tiers, peers: known, signal });
  return { file: recordOf(parseInfo(info)), tiers, peers: [...known, ...found] };
}

function recordOf(info: Info, pieceLayers?: Buffer): FileRecord {
  const file = metainfoFromInfo(info, pieceLayers);
  if (file === undefined || info.v1 === undefined)
    throw new CommandError(exitCode.failure, 'a torrent of v2 alone: pieces are checked by their SHA-1 here');
  return { ...file, id: info.v1.infoHash, sha256: null, createdMs: Date.now() };
}
