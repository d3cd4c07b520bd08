/**
 * Counts the requests to the tracker, for `/metrics`, and turns refusals into responses the same way in every protocol.
 */
import { TrackerError } from '../../protocols/tracker/errors.ts';

export type TrackerRequest = 'announces' | 'scrapes';
export type TrackerProtocol = 'http' | 'udp';

/** The number of requests by outcome. */
export interface TrackerOutcomes {
  answered: number;
  /** Requests that were told a reason for refusal. */
  refused: number;
}

export type TrackerCounters = Readonly<Record<TrackerRequest, Readonly<Record<TrackerProtocol, TrackerOutcomes>>>>;

/** Counters at zero. */
export function createTrackerCounters(): TrackerCounters {
  const outcomes = (): TrackerOutcomes => ({ answered: 0, refused: 0 });
  const protocols = () => ({ http: outcomes(), udp: outcomes() });
  return { announces: protocols(), scrapes: protocols() };
}

/** Responds to one request, or refuses it for a TrackerError, and counts which. Any other error is thrown on. */
export function countOutcome<Response>(
  outcomes: TrackerOutcomes,
  respond: () => Response,
  refuse: (error: TrackerError) => Response,
): Response {
  try {
    const response = respond();
    outcomes.answered += 1;
    return response;
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    outcomes.refused += 1;
    return refuse(error);
  }
}
