/** Helpers for tests of sources: files to change, and the events that subscribers would read. */
import type { EventView } from '../../protocols/api/event-types.ts';
import { readEventStream } from '../../protocols/http/content/event-stream.testing.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { entryOf, someBytes } from '../../storage/swarm.testing.ts';
import type { Change, Source } from './change.ts';

export const file = (label: string, pieces = 4): TorrentEntry => entryOf(label, someBytes(pieces * 1024, label), 1024);

/** The events that subscribers would read. */
export function told(changes: Iterable<Change>): EventView[] {
  const bytes = Buffer.concat([...changes].map((change) => change.bytes));
  return readEventStream(bytes).events.map(({ event, data }) => ({ event, data: JSON.parse(data) }) as EventView);
}

/** Each event with the id that it carries. */
export const ids = (events: readonly EventView[]): string[] =>
  events.map(({ event, data }) => ('id' in data ? `${event} ${data.id}` : event));

export function begun<Begun extends Source>(source: Begun): Begun {
  source.begin();
  return source;
}
