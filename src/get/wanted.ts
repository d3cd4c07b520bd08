/** Finds the torrent to download: a `.torrent` says all of it, a magnet link only its hash. */

import type { SwarmClient } from '../bittorrent/client/swarm-client.ts';
import type { Endpoint } from '../bytes/endpoint.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { storedInfo } from '../io/downloads/stored-info.ts';
import { v2OnlyError } from '../protocols/metainfo/errors.ts';
import { metainfoFromInfo } from '../protocols/metainfo/from-info.ts';
import { parseInfo } from '../protocols/metainfo/read-info.ts';
import type { Info, Magnet } from '../protocols/metainfo/types.ts';
import type { TorrentRecord } from '../storage/catalog/torrent-entry.ts';
import type { What } from './what.ts';

/** A torrent, and the trackers and peers that may have it. */
export interface Wanted {
  readonly file: TorrentRecord;
  readonly tiers: readonly (readonly string[])[];
  readonly peers: readonly Endpoint[];
}

export interface WantedContext {
  readonly client: SwarmClient;
  /** The folder in which an earlier run may have left the info dictionary. */
  readonly directory: string;
  /** Peers to ask, besides those that are named in `what`. */
  readonly peers: readonly Endpoint[];
  /** The search ends when nobody gives the info dictionary for this long; undefined: never. */
  readonly timeoutMs: number | undefined;
  readonly note: (message: string) => void;
  readonly signal: AbortSignal;
}

/** The torrent that `what` means. Fails with a CommandError, or with the reason of the signal. */
export async function findWanted(what: What, context: WantedContext): Promise<Wanted> {
  if (what.kind === 'magnet') return await wantedMagnet(what.magnet, context);
  const { info, trackers, pieceLayers } = what.torrent;
  return { file: recordOf(info, pieceLayers), tiers: trackers, peers: context.peers };
}

/** The torrent of a magnet link: peers are asked for the info dictionary, unless an earlier run has left it. */
async function wantedMagnet({ infoHash, name, trackers, peers: named }: Magnet, context: WantedContext) {
  const tiers = trackers.map((url) => [url]);
  const peers = [...named, ...context.peers];
  const stored = await storedInfo(context.directory, infoHash);
  if (stored !== undefined) return { file: recordOf(parseInfo(stored)), tiers, peers };
  checkAskable({ tiers, peers });
  context.note(`looking for a peer that describes ${name ?? infoHash}`);
  const { info, peers: found } = await askForInfo({ infoHash, tiers, peers }, context);
  return { file: recordOf(parseInfo(info)), tiers, peers: [...peers, ...found] };
}

async function askForInfo(
  search: Pick<Parameters<SwarmClient['findInfo']>[0], 'infoHash' | 'tiers' | 'peers'>,
  { client, timeoutMs, note, signal }: WantedContext,
) {
  const onTrackerFailure = (tracker: string, reason: string): void => note(`${tracker}: ${reason}`);
  const late = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const either = late === undefined ? signal : AbortSignal.any([signal, late]);
  try {
    return await client.findInfo({ ...search, onTrackerFailure, signal: either });
  } catch (error) {
    if (error !== late?.reason) throw error;
    throw new CommandError(exitCode.unavailable, `no peer described the torrent for ${(timeoutMs ?? 0) / 1000} s`);
  }
}

/** Throws a CommandError when neither a tracker nor a peer is known. */
export function checkAskable({ tiers, peers }: Pick<Wanted, 'tiers' | 'peers'>): void {
  if (tiers.flat().length > 0 || peers.length > 0) return;
  throw new CommandError(exitCode.unavailable, 'there is nobody to ask: no tracker is named, and no --peer');
}

function recordOf(info: Info, pieceLayers?: Buffer): TorrentRecord {
  const file = metainfoFromInfo(info, pieceLayers);
  if (file === undefined || info.v1 === undefined)
    throw new CommandError(exitCode.failure, v2OnlyError('the torrent').message);
  return { ...file, id: info.v1.infoHash, sha256: null, createdMs: Date.now() };
}
