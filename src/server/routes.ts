/** Every path of the server, and its handler. */

import type { Route } from '../http/dispatcher.ts';
import type { ServerContext } from './context/context.ts';
import { openFeed } from './events/open-feed.ts';
import { createDeleteHandlers } from './handlers/delete.ts';
import { createDirectoryHandler } from './handlers/directory.ts';
import { createDownloadHandler } from './handlers/download.ts';
import { createEventsHandler } from './handlers/events.ts';
import { createForgetHandlers } from './handlers/forget-peer.ts';
import { createHealthHandlers, type Health } from './handlers/health.ts';
import { createInfoHandlers } from './handlers/info.ts';
import { createQrHandler } from './handlers/qr.ts';
import { createRegisterHandler } from './handlers/register-peer.ts';
import { createTorrentHandler } from './handlers/torrent.ts';
import { createTrackerHandlers } from './handlers/tracker.ts';
import { createUploadHandler } from './handlers/upload.ts';
import { createVerifyHandler } from './handlers/verify-peers.ts';
import { serveStaticFiles } from './requests/static-files.ts';
import { transfersView } from './views/build-views.ts';

/** Makes the handlers, and the table of their paths. */
export function createRoutes(context: ServerContext, health: Health, staticFolder: string): Route[] {
  const info = createInfoHandlers(context);
  const remove = createDeleteHandlers(context);
  const forget = createForgetHandlers(context);
  const download = createDownloadHandler(context);
  const torrent = createTorrentHandler(context);
  const tracker = createTrackerHandlers(context);
  const upload = createUploadHandler(context);
  const { alive, ready, metrics } = createHealthHandlers(context, health);
  const feed = openFeed(context, () => transfersView(context).transfers);
  return [
    { path: '/', methods: { GET: info.home } },
    { path: '/static/*', methods: { GET: serveStaticFiles(staticFolder) } },
    { path: '/files', methods: { GET: info.files } },
    { path: '/file', methods: { GET: info.file, DELETE: remove.byQuery } },
    { path: '/delete', methods: { POST: remove.byForm } },
    { path: '/file/*', methods: { GET: torrent.byPath } },
    { path: '/peers', methods: { GET: info.peers, DELETE: forget.byQuery } },
    { path: '/forget_peer', methods: { POST: forget.byForm } },
    { path: '/transfers', methods: { GET: info.transfers } },
    { path: '/directory', methods: { GET: createDirectoryHandler(context) } },
    { path: '/events', methods: { GET: createEventsHandler(context, feed) } },
    { path: '/settings', methods: { GET: info.settings } },
    { path: '/register_peer', methods: { POST: createRegisterHandler(context) } },
    { path: '/verify_peers', methods: { POST: createVerifyHandler(context) } },
    { path: '/download', methods: { GET: download.byQuery } },
    { path: '/download/*', methods: { GET: download.byPath } },
    { path: '/upload', methods: { POST: upload.post } },
    { path: '/upload/*', methods: { PUT: upload.put } },
    { path: '/torrent', methods: { GET: torrent.byQuery, POST: torrent.post } },
    { path: '/qr', methods: { GET: createQrHandler(context) } },
    { path: '/announce', methods: { GET: tracker.announce }, takesRawQuery: true },
    { path: '/scrape', methods: { GET: tracker.scrape }, takesRawQuery: true },
    { path: '/healthz', methods: { GET: alive } },
    { path: '/readyz', methods: { GET: ready } },
    { path: '/metrics', methods: { GET: metrics } },
  ];
}
