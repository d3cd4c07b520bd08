/** From a verification to the lines of `POST /verify_peers` (`protocols/api/verify-types.ts`). */
import { pieceRanges } from '../../bytes/pieces.ts';
import type { VerifyFindingView, VerifyLine } from '../../protocols/api/verify-types.ts';
import { encodeParts } from '../../protocols/ipc/parts.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { Finding, Verification, VerificationEvent } from '../../storage/scrub/verification.ts';

/** The line of one event. */
export function eventView(event: VerificationEvent): VerifyLine {
  switch (event.kind) {
    case 'finding':
      return findingView(event.finding);
    case 'settled':
      return { ...findingView(event.finding), healed: event.healed, message: outcome(event.finding, event.healed) };
    case 'left': {
      const { code, message } = event.fault;
      return { peer: event.holder, problem: code, message, unverified: event.pieces };
    }
    case 'missing': {
      const parts = encodeParts(pieceRanges(event.parts));
      const message = 'nobody online has a good copy';
      return { peer: null, ...fileOf(event.entry), parts, problem: 'missing', message, healed: false };
    }
  }
}

/** The line of the progress. */
export function progressView({ tally, extent }: Verification): VerifyLine {
  const { pieces, bytes } = tally;
  return { progress: { pieces, pieces_total: extent.pieces, bytes, bytes_total: extent.bytes } };
}

/** The last line. */
export function summaryView(
  { tally, extent }: Verification,
  { offline, seconds }: { readonly offline: readonly string[]; readonly seconds: number },
): VerifyLine {
  const { pieces, bytes, bad, healed, unhealed, unverified } = tally;
  const { holders, files } = extent;
  return { summary: { peers: holders, files, pieces, bytes, bad, healed, unhealed, unverified, offline, seconds } };
}

function findingView({ entry, pieceIndex: part, holder, problem, message }: Finding): VerifyFindingView {
  return { peer: holder, ...fileOf(entry), part, problem, message };
}

function fileOf({ record }: TorrentEntry): { readonly file: string; readonly name: string } {
  return { file: record.id, name: record.name };
}

function outcome({ entry, pieceIndex, message }: Finding, healed: boolean): string {
  if (healed) return message;
  return entry.reachable(pieceIndex)
    ? `${message}; there are too few good copies`
    : `${message}; nobody online has a good copy`;
}
