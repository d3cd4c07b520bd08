/** For tests: a wire listener with one file whose pieces are in memory. */
import type { TestContext } from 'node:test';
import { silentLog } from '../../io/log.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { entryOf, fetchContext, MemoryHolder, someBytes } from '../../storage/swarm.testing.ts';
import { WireHolders } from '../holders/holders.ts';
import { ListedContent } from '../holders/listed-content.ts';
import { WireListener } from './listener.ts';
import { PieceCache } from './piece-cache.ts';
import type { WireTorrent } from './torrent.ts';

export const pieceLength = 40_000;
export const content = someBytes(10 * pieceLength - 1234);
/** The info dictionary, any bytes: the listener does not read it. */
export const info = someBytes(40_000, 'info');
const serverPeerId = Buffer.from('-RV0100-serverserver');

export interface TestListener {
  readonly listener: WireListener;
  readonly catalog: Catalog;
  readonly entry: TorrentEntry;
  readonly holder: MemoryHolder;
  readonly holders: WireHolders;
  readonly torrent: WireTorrent;
  /** Lets time pass. */
  readonly pass: (ms: number) => void;
}

/** Opens a listener whose file is with a holder in memory: all of it, or only `parts`. */
export async function openTestListener(
  t: TestContext,
  parts?: Iterable<number>,
  host = '127.0.0.1',
): Promise<TestListener> {
  const entry = entryOf('a.bin', content, pieceLength);
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content, parts);
  const catalog = new Catalog();
  catalog.add(entry);
  const fetch = fetchContext([holder]);
  const cache = new PieceCache(1 << 20);
  const holders = new WireHolders();
  const infoHash = Buffer.from(entry.record.id, 'hex');
  const torrent = { content: new ListedContent(entry, fetch), infoHash, info, pieceLayer: () => undefined };
  let tick = (): void => {};
  const listener = await WireListener.open({
    host,
    port: 0,
    peerId: serverPeerId,
    torrentOf: (hash) => (hash.equals(infoHash) ? torrent : undefined),
    cache,
    version: () => catalog.version,
    onOpen: (connection) => holders.open(connection, entry),
    log: silentLog,
    clock: {
      every: (_, callback) => {
        tick = callback;
        return () => {};
      },
    },
  });
  t.after(() => listener.close());
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 1000) tick();
  };
  return { listener, catalog, entry, holder, holders, torrent, pass };
}
