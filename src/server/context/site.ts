/**
 * Where this server is reached, as clients see it: at its `http.public_url` where that is set, else at the host that
 * the request came to. Links, web seeds and trackers are built from it.
 */
import { hostOf } from '../../bytes/host.ts';
import type { HttpRequest } from '../../http/exchange.ts';

export interface Site {
  /** `http://localhost:8080`; empty for a request that names no host (HTTP/1.0): links are relative then. */
  readonly origin: string;
  /** Announce URLs of our trackers, the one to be tried first first. */
  readonly trackers: readonly string[];
}

export type SiteOf = (request: Pick<HttpRequest, 'authority'>) => Site;

/** `publicUrl` is an origin; `udpPort` the port that the UDP tracker is bound to. */
export function createSiteOf(publicUrl: string | null, udpPort: number): SiteOf {
  const fixed = publicUrl === null ? undefined : siteAt(publicUrl.replace(/\/$/, ''), udpPort);
  return ({ authority }) => fixed ?? (authority === '' ? nowhere : siteAt(`http://${authority}`, udpPort));
}

/** The host name in `publicUrl`, which requests will be sent to; without its port. */
export function publicHost(publicUrl: string): string {
  return hostOfOrigin(publicUrl.replace(/\/$/, ''));
}

/** HTTP first: every client speaks it, and some (aria2 without DHT) nothing else. */
function siteAt(origin: string, udpPort: number): Site {
  return { origin, trackers: [`${origin}/announce`, `udp://${hostOfOrigin(origin)}:${udpPort}/announce`] };
}

function hostOfOrigin(origin: string): string {
  return hostOf(origin.replace(/^https?:\/\//i, ''));
}

const nowhere: Site = { origin: '', trackers: [] };
