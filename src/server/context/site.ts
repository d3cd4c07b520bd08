/**
 * The addresses under which clients reach this server: its `http.public_url` where that is set, else the host that the
 * request came to. Links, web seeds and trackers are built from them.
 */

import { hostOf } from '../../bytes/host.ts';
import type { HttpRequest } from '../../http/handler.ts';

/** The addresses that one client sees. */
export interface Site {
  /**
   * The origin of links, e.g. `http://localhost:8080`; empty for a request that names no host (HTTP/1.0): links are
   * relative then.
   */
  readonly origin: string;
  /** Announce URLs of our trackers, in the order in which they are to be tried. */
  readonly trackers: readonly string[];
}

/** Finds the addresses for the client of a request. */
export type SiteOf = (request: Pick<HttpRequest, 'authority'>) => Site;

/** Fixes the site to `publicUrl`, an origin, if there is one; `udpPort` is the port of the UDP tracker. */
export function createSiteOf(publicUrl: string | null, udpPort: number): SiteOf {
  const fixed = publicUrl === null ? undefined : siteAt(publicUrl.replace(/\/$/, ''), udpPort);
  return ({ authority }) => fixed ?? (authority === '' ? nowhere : siteAt(`http://${authority}`, udpPort));
}

/** The host name in `publicUrl`, which requests will be sent to, without its port. */
export function publicHost(publicUrl: string): string {
  return hostOfOrigin(publicUrl.replace(/\/$/, ''));
}

/**
 * The site at `origin`. The HTTP tracker is first: every client speaks it, and some (aria2 without DHT) nothing else.
 */
function siteAt(origin: string, udpPort: number): Site {
  return { origin, trackers: [`${origin}/announce`, `udp://${hostOfOrigin(origin)}:${udpPort}/announce`] };
}

function hostOfOrigin(origin: string): string {
  return hostOf(origin.replace(/^https?:\/\//i, ''));
}

const nowhere: Site = { origin: '', trackers: [] };
