/** The feed of a server: one source for each topic. */
import type { TransferView } from '../../protocols/api/types.ts';
import type { DomainContext } from '../context/context.ts';
import type { PeersContext } from '../views/build-views.ts';
import { DirectoryChanges } from './directory.ts';
import { Feed } from './feed.ts';
import { FileChanges } from './files.ts';
import { PeerChanges } from './peers.ts';
import { PieceChanges } from './pieces.ts';
import { TransferChanges } from './transfers.ts';

/** The collaborators of the sources. */
export type FeedSources = PeersContext & Pick<DomainContext, 'directory' | 'fetch' | 'log' | 'stopping'>;

/** Opens the feed, which ends when the server begins to stop. `transfers` gives the transfers under way. */
export function openFeed(context: FeedSources, transfers: () => readonly TransferView[]): Feed {
  const { catalog, directory, fetch, log, stopping } = context;
  const feed = new Feed({
    sources: [
      new PeerChanges({ ...context, now: Date.now }),
      new FileChanges(catalog),
      new PieceChanges({ catalog, holders: fetch.holders }),
      new TransferChanges(transfers),
      new DirectoryChanges(directory),
    ],
    log,
  });
  stopping.addEventListener('abort', () => feed.close());
  return feed;
}
