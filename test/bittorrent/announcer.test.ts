/** Our client of trackers with real ones: our own, by HTTP and UDP, IPv4 and IPv6, and opentracker. */

import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/async/clock.ts';
import { Announcer } from '../../src/bittorrent/client/announce/announcer.ts';
import type { Endpoint } from '../../src/bytes/endpoint.ts';
import { silentLog } from '../../src/io/log.ts';
import { skipWithout } from '../clients/clients.testing.ts';
import { opentracker, startOpentracker } from '../clients/opentracker.testing.ts';
import { freePort, serverRoot, startServer } from '../programs.testing.ts';
import { UdpClient } from '../tracker/client.testing.ts';
import { Tools } from '../tracker/conformance.testing.ts';

const infoHash = 'ab'.repeat(20);

/** The news of an announcer: the peers of a response, or why there is none. */
type News =
  | { readonly kind: 'peers'; readonly peers: string[] }
  | { readonly kind: 'failure'; readonly reason: string };

interface MemberOptions {
  readonly tiers: string[][];
  readonly port: number;
  readonly leftBytes: number;
  readonly infoHash?: string;
}

/** Somebody in a swarm, gone after the test at the latest. */
class Member {
  leftBytes: number;
  readonly announcer: Announcer;
  readonly #news: News[] = [];
  #wake = (): void => {};

  constructor(t: TestContext, { tiers, port, leftBytes, infoHash: hash = infoHash }: MemberOptions) {
    this.leftBytes = leftBytes;
    this.announcer = new Announcer({
      infoHash: Buffer.from(hash, 'hex'),
      peerId: Buffer.from(`-XX0001-${String(port).padStart(12, '0')}`),
      port,
      tiers,
      progress: () => ({ uploadedBytes: 0, downloadedBytes: 0, leftBytes: this.leftBytes }),
      onPeers: (peers) => this.#tell({ kind: 'peers', peers: peers.map(nameOf).sort() }),
      onFailure: (_, reason) => this.#tell({ kind: 'failure', reason }),
      log: silentLog,
      random: () => 0,
      clock: systemClock,
    });
    t.after(() => this.announcer.stop());
    this.announcer.start();
  }

  /** The next that it tells. */
  async news(): Promise<News> {
    for (;;) {
      const next = this.#news.shift();
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The peers that the next answer names, without itself, which some trackers do not leave out. */
  async others(port: number): Promise<string[]> {
    const next = await this.news();
    assert.ok(next.kind === 'peers', JSON.stringify(next));
    return next.peers.filter((peer) => !peer.endsWith(` ${port}`));
  }

  #tell(news: News): void {
    this.#news.push(news);
    this.#wake();
  }
}

const nameOf = ({ address, port }: Endpoint): string => `${address} ${port}`;

/** A whole life of two members, as the tracker's figures show it: seeders, completed downloads, leechers. */
async function checkLives(t: TestContext, tiers: string[][], host: string, counts: () => Promise<unknown>) {
  const seeder = new Member(t, { tiers, port: 4001, leftBytes: 0 });
  assert.deepEqual(await seeder.others(4001), []);
  const leecher = new Member(t, { tiers, port: 4002, leftBytes: 5 });
  assert.deepEqual(await leecher.others(4002), [`${host} 4001`]);
  assert.deepEqual(await counts(), [1, 0, 1]);
  leecher.leftBytes = 0;
  leecher.announcer.completed();
  await leecher.news();
  assert.deepEqual(await counts(), [2, 1, 0]);
  assert.ok(leecher.announcer.working);
  await leecher.announcer.stop();
  assert.deepEqual(await counts(), [1, 1, 0]);
  await seeder.announcer.stop();
  assert.deepEqual(await counts(), [0, 1, 0]);
}

async function toolsFor(t: TestContext, http: string, udp: { readonly host: string; readonly port: number }) {
  const client = await UdpClient.open(udp);
  t.after(() => client.close());
  return new Tools({ http, udp }, client, [].values());
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const hosts = ['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])];

for (const host of hosts) {
  for (const scheme of ['http', 'udp']) {
    test(`our own tracker, by ${scheme} and ${host}`, async (t) => {
      const { url, udpPort } = await startServer(t, serverRoot(t, { http: { host, port: 0 } }));
      const tools = await toolsFor(t, url, { host, port: udpPort });
      const udp = `udp://${host.includes(':') ? `[${host}]` : host}:${udpPort}/announce`;
      const tiers = [[scheme === 'http' ? `${url}/announce` : udp]];
      await checkLives(t, tiers, host, async () => (await tools.counts(infoHash))[0]);
    });
  }
}

for (const scheme of ['http', 'udp']) {
  test(`opentracker, by ${scheme}`, { skip: skipWithout(opentracker) }, async (t) => {
    const port = await startOpentracker(t, [infoHash]);
    const tools = await toolsFor(t, `http://127.0.0.1:${port}`, { host: '127.0.0.1', port });
    const tiers = [[`${scheme}://127.0.0.1:${port}/announce`]];
    await checkLives(t, tiers, '127.0.0.1', async () => (await tools.counts(infoHash))[0]);
  });
}

test('opentracker refuses a torrent, nobody listens, another wants TLS: ours answers', {
  skip: skipWithout(opentracker),
}, async (t) => {
  const port = await startOpentracker(t, [infoHash]);
  const { url, udpPort } = await startServer(t, serverRoot(t));
  const nobody = await freePort();
  const member = new Member(t, {
    tiers: [
      [`http://127.0.0.1:${port}/announce`],
      ['https://127.0.0.1/announce'],
      [`http://127.0.0.1:${nobody}/announce`],
      [`udp://127.0.0.1:${nobody}/announce`],
      [`${url}/announcements`],
      [`udp://localhost:${udpPort}/announce`],
      [`${url}/announce`],
    ],
    port: 4001,
    leftBytes: 5,
    infoHash: 'cd'.repeat(20),
  });
  for (const reason of [/no TLS/, /not authorized/, /ECONNREFUSED/, /ECONNREFUSED/, /status 404/]) {
    const next = await member.news();
    assert.match(next.kind === 'failure' ? next.reason : '', reason);
  }
  assert.equal((await member.news()).kind, 'peers');
  assert.deepEqual([member.announcer.working, member.announcer.failures.length], [true, 5]);
});
