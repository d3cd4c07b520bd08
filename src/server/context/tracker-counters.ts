/** What the tracker has done, for `/metrics`. */
export type TrackerRequest = 'announces' | 'scrapes';
export type TrackerProtocol = 'http' | 'udp';

export interface TrackerOutcomes {
  answered: number;
  /** Told a reason why not. */
  refused: number;
}

export type TrackerCounters = Readonly<Record<TrackerRequest, Readonly<Record<TrackerProtocol, TrackerOutcomes>>>>;

export function createTrackerCounters(): TrackerCounters {
  const outcomes = (): TrackerOutcomes => ({ answered: 0, refused: 0 });
  const protocols = () => ({ http: outcomes(), udp: outcomes() });
  return { announces: protocols(), scrapes: protocols() };
}
