/** Tools for the cases of conformance.testing.ts. */
import type { Dictionary } from '../../src/protocols/bencode/read.ts';
import { announceTarget, escaped, httpAsk, httpGet, type UdpClient } from './client.testing.ts';

export interface TrackerUnderTest {
  /** `http://127.0.0.1:8080` */
  readonly http: string;
  readonly udp: { readonly host: string; readonly port: number };
}

export interface TrackerCase {
  readonly name: string;
  readonly run: (tools: Tools) => Promise<void>;
}

/** Torrents of the cases, for trackers that want a list. */
export const conformanceHashes: readonly string[] = Array.from({ length: 200 }, (_, index) =>
  Buffer.from(`rivulet test ${String(index).padStart(7, '0')}`).toString('hex'),
);

/** The tools of a case. */
export class Tools {
  readonly tracker: TrackerUnderTest;
  readonly udp: UdpClient;
  readonly #hashes: Iterator<string>;

  constructor(tracker: TrackerUnderTest, udp: UdpClient, hashes: Iterator<string>) {
    this.tracker = tracker;
    this.udp = udp;
    this.#hashes = hashes;
  }

  /** A torrent that nobody has announced. */
  hash(): string {
    return this.#hashes.next().value as string;
  }

  announce(infoHash: string, port: number, more = '&left=1&compact=1'): Promise<Dictionary> {
    return httpAsk(this.tracker.http, announceTarget({ infoHash, port, more }));
  }

  get(target: string, version?: string) {
    return httpGet(this.tracker.http, target, version);
  }

  async counts(...hashes: string[]): Promise<(readonly (number | undefined)[])[]> {
    const query = hashes.map((hash) => `info_hash=${escaped(hash)}`).join('&');
    const files = (await httpAsk(this.tracker.http, `/scrape?${query}`)).get('files') as Dictionary;
    return hashes.map((hash) => {
      const file = files.get(Buffer.from(hash, 'hex').toString('latin1')) as Dictionary | undefined;
      return ['complete', 'downloaded', 'incomplete'].map((key) => file?.get(key) as number | undefined);
    });
  }
}

/** The form in which a list of peers shows the peer that announced `port`. */
export const at = (port: number): string => `127.0.0.1:${port}`;

/** Without the asker himself: only one case is about that. */
export function others(peers: readonly string[], port: number): string[] {
  return peers.filter((peer) => peer !== at(port));
}
