/**
 * Verification on demand, `POST /verify_peers[?peer=ID][&file=ID]`: the peers verify their pieces at once. The response
 * is a stream of JSON lines, written while the work goes on; a client that leaves ends the work.
 *
 *     {"progress":{"pieces":0,"pieces_total":48,"bytes":0,"bytes_total":12582912}}
 *     {"peer":"p1","file":"c9e1...","name":"plan.iso","part":7,"problem":"corrupt","message":"..."}
 *     {"peer":"p1","file":"c9e1...","name":"plan.iso","part":7,"problem":"corrupt","message":"...","healed":true}
 *     {"summary":{"peers":2,"files":1,"pieces":48,"bytes":12582912,"bad":1,"healed":1,"unhealed":0,...}}
 */

import { Channel } from '../../async/channel.ts';
import type { Handler, HttpResponse } from '../../http/handler.ts';
import { streamHeaders } from '../../http/responses.ts';
import type { VerifyLine } from '../../protocols/api/verify-types.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { VerifiedHolder } from '../../storage/scrub/copy-verifier.ts';
import { Verification, type VerificationEvent } from '../../storage/scrub/verification.ts';
import type { ServerContext } from '../context/context.ts';
import { findById } from '../requests/find-file.ts';
import { eventView, progressView, summaryView } from '../views/verify-views.ts';

/** The holders and the files to verify: all, or the ones asked for. */
interface Selection {
  readonly holders: readonly VerifiedHolder[];
  readonly entries: readonly TorrentEntry[];
  readonly allHolders: boolean;
  readonly allFiles: boolean;
}

type Context = Pick<ServerContext, 'verification' | 'catalog' | 'registry' | 'scrubber' | 'stopping' | 'clock'>;

/** The one verification that may be under way. */
interface Slot {
  taken: boolean;
}

const progressMs = 1000;
/** Lines that may wait for a slow client before the work waits as well. */
const linesMax = 100;

/** Makes the handler of `POST /verify_peers`. */
export function createVerifyHandler(context: Context): Handler {
  const slot = { taken: false };
  return ({ query }) => {
    const [peer, file] = [query.get('peer'), query.get('file')];
    const selection = {
      holders: peer === undefined ? context.verification.holders() : [findHolder(context, peer)],
      entries: file === undefined ? [...context.catalog.entries()] : [findById(context.catalog, file)],
      allHolders: peer === undefined,
      allFiles: file === undefined,
    };
    return respond(context, selection, slot);
  };
}

/** The holder called `id`. Throws HttpError 404, or 503 for one that is away. */
function findHolder({ registry, verification }: Context, id: string): VerifiedHolder {
  const holder = verification.holders().find((candidate) => candidate.id === id);
  if (holder !== undefined) return holder;
  if (registry.all().some((known) => known.id === id)) {
    throw new HttpError(503, 'peer-offline', `the peer "${id}" is offline`, { headers: [['Retry-After', '5']] });
  }
  throw new HttpError(404, 'no-such-peer', `no peer is called "${id}"`);
}

function respond(context: Context, selection: Selection, slot: Slot): HttpResponse {
  const leaving = new AbortController();
  const lines = verifyLines(context, selection, slot, leaving);
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => lines.next(),
    // The work is told at once: a generator would learn of it only when its next line is there.
    return: () => {
      leaving.abort();
      return lines.return();
    },
  };
  const body = { length: null, chunks: { [Symbol.asyncIterator]: () => iterator } };
  return { status: 200, headers: streamHeaders('application/x-ndjson'), body };
}

/**
 * The lines of one verification. Two at once would load the disks twice, and each would tell only some of the bad
 * pieces: the second is refused (409).
 */
async function* verifyLines(
  context: Context,
  selection: Selection,
  slot: Slot,
  leaving: AbortController,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (slot.taken) throw new HttpError(409, 'verifying', 'a verification is under way; wait until it is over');
  slot.taken = true;
  const channel = new Channel<VerifyLine>(linesMax);
  const stop = (): void => {
    channel.end({ error: new HttpError(503, 'draining', 'the server is stopping; the verification is not over') });
    leaving.abort();
  };
  context.stopping.addEventListener('abort', stop);
  leaving.signal.addEventListener('abort', () => channel.end());
  const verification = new Verification(context.verification, selection.holders, selection.entries);
  const tellProgress = (): void => {
    if (channel.empty) void channel.send(progressView(verification));
  };
  tellProgress();
  const stopTelling = context.clock.every(progressMs, tellProgress);
  verify(context, selection, verification, channel, leaving.signal).then(
    () => channel.end(),
    (error: unknown) => channel.end({ error }),
  );
  try {
    for await (const line of channel.items()) yield Buffer.from(`${JSON.stringify(line)}\n`);
  } finally {
    stopTelling();
    leaving.abort();
    context.stopping.removeEventListener('abort', stop);
    slot.taken = false;
  }
}

async function verify(
  { scrubber, registry, clock }: Context,
  { holders, allHolders, allFiles }: Selection,
  verification: Verification,
  channel: Channel<VerifyLine>,
  signal: AbortSignal,
): Promise<void> {
  const startMs = clock.now();
  const epochMs = Date.now();
  const report = (event: VerificationEvent): Promise<void> => channel.send(eventView(event));
  const complete = await verification.verify(report, signal);
  if (signal.aborted) return;
  if (allFiles) for (const id of complete) await scrubber.verifiedBySomebody(id, epochMs);
  await verification.settle(report, signal);
  if (allHolders) await verification.reportMissing(report);
  const away = registry.all().filter(({ id, online }) => !online && (allHolders || id === holders[0]?.id));
  const seconds = Math.round(clock.now() - startMs) / 1000;
  await channel.send(summaryView(verification, { offline: away.map(({ id }) => id), seconds }));
}
