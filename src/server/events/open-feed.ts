/** The feed of a server: what is told of, and where it is looked for. */

import type { TransferView } from '../../protocols/api/types.ts';
import type { DomainContext } from '../context/context.ts';
import { DirectoryChanges } from './directory.ts';
import { Feed } from './feed.ts';
import { FileChanges } from './files.ts';
import { PeerChanges } from './peers.ts';
import { PieceChanges } from './pieces.ts';
import { TransferChanges } from './transfers.ts';

/** `transfers`: those under way. The feed ends when the server begins to stop. */
export function openFeed(context: DomainContext, transfers: () => readonly TransferView[]): Feed {
  const { catalog, directory, fetch, log, stopping } = context;
  const feed = new Feed({
    sources: [
      new PeerChanges({ ...context, now: Date.now }),
      new FileChanges(catalog),
      new PieceChanges({ catalog, holders: fetch.holders }),
      new TransferChanges(transfers),
      new DirectoryChanges(directory),
    ],
    // A page that is kept for the next request may lack pieces that were gained since: they are told of no more.
    onSubscribe: () => catalog.touched(),
    log,
  });
  stopping.addEventListener('abort', () => feed.close());
  return feed;
}
