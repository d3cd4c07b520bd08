/**
 * What a tracker should do, as cases that can be run against any of them. Ours must pass them all (tracker.test.ts);
 * `npx tsx test/tracker-conformance.ts` runs them against another one. Each case has torrents of its own.
 */
import assert from 'node:assert/strict';
import type { Dictionary } from '../src/protocols/bencode/read.ts';
import { announceRequest, connectRequest, scrapeRequest } from '../src/protocols/tracker/udp/udp.testing.ts';
import {
  announceTarget,
  compactPeers,
  escaped,
  httpAsk,
  httpGet,
  peersOf,
  UdpClient,
} from './tracker-client.testing.ts';

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

/** What a case works with. */
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

const at = (port: number): string => `127.0.0.1:${port}`;

/** Without the asker himself: only one case is about that. */
function others(peers: readonly string[], port: number): string[] {
  return peers.filter((peer) => peer !== at(port));
}

const httpCases: TrackerCase[] = [
  {
    name: 'an announce is answered with 200, an interval, and peers (BEP 3, 23)',
    run: async (tools) => {
      const more = '&left=1&compact=1';
      const { status, body } = await tools.get(announceTarget({ infoHash: tools.hash(), port: 4001, more }));
      assert.equal(status, 200);
      assert.match(body.toString('latin1'), /^d.*8:intervali[1-9]\d*e.*5:peers\d+:.*e$/s);
    },
  },
  ...[
    { fault: 'no info_hash', query: 'peer_id=-XX0001-000000004001&port=4001' },
    {
      fault: 'an info_hash of 19 bytes',
      query: `info_hash=${'%61'.repeat(19)}&peer_id=-XX0001-000000004001&port=4001`,
    },
    {
      fault: 'an info_hash of 21 bytes',
      query: `info_hash=${'%61'.repeat(21)}&peer_id=-XX0001-000000004001&port=4001`,
    },
    { fault: 'a "%" without hex', query: `info_hash=%zz${'%61'.repeat(19)}&peer_id=-XX0001-000000004001&port=4001` },
    { fault: 'no port', query: `info_hash=${escaped(conformanceHashes[0] as string)}&peer_id=-XX0001-000000004001` },
  ].map(({ fault, query }) => ({
    name: `${fault}: a failure reason, with 200 (BEP 3)`,
    run: async (tools: Tools) => {
      const { status, body } = await tools.get(`/announce?${query}`);
      assert.deepEqual([status, /^d14:failure reason/.test(body.toString('latin1'))], [200, true]);
    },
  })),
  {
    name: 'two peers are told of each other, and nobody of himself',
    run: async (tools) => {
      const hash = tools.hash();
      await tools.announce(hash, 4001);
      assert.deepEqual(peersOf(await tools.announce(hash, 4002)), [at(4001)]);
      assert.deepEqual(peersOf(await tools.announce(hash, 4001)), [at(4002)]);
    },
  },
  {
    name: 'who announces three times is one peer',
    run: async (tools) => {
      const hash = tools.hash();
      for (let times = 0; times < 3; times += 1) await tools.announce(hash, 4001);
      const answer = await tools.announce(hash, 4002);
      assert.deepEqual([others(peersOf(answer), 4002), answer.get('incomplete')], [[at(4001)], 2]);
    },
  },
  {
    name: 'who has stopped is gone, and hears of nobody',
    run: async (tools) => {
      const hash = tools.hash();
      await tools.announce(hash, 4001);
      await tools.announce(hash, 4002);
      assert.deepEqual(others(peersOf(await tools.announce(hash, 4001, '&left=1&compact=1&event=stopped')), 4001), []);
      assert.deepEqual(others(peersOf(await tools.announce(hash, 4002)), 4002), []);
    },
  },
  {
    name: 'seeders are told of leechers only',
    run: async (tools) => {
      const hash = tools.hash();
      await tools.announce(hash, 4001, '&left=0&compact=1');
      await tools.announce(hash, 4002);
      assert.deepEqual(others(peersOf(await tools.announce(hash, 4003, '&left=0&compact=1')), 4003), [at(4002)]);
    },
  },
  {
    name: 'with compact=0 peers are dictionaries with their ids as they came (BEP 3)',
    run: async (tools) => {
      const hash = tools.hash();
      const rawId = `${'%ff%b3'.repeat(9)}%00%0a`;
      await tools.get(`/announce?info_hash=${escaped(hash)}&peer_id=${rawId}&port=4001&left=1`);
      const answer = await tools.announce(hash, 4002, '&left=1&compact=0');
      assert.ok(others(peersOf(answer), 4002).includes(at(4001)));
      const peer = (answer.get('peers') as Dictionary[]).find((each) => each.get('port') === 4001);
      assert.equal(Buffer.from((peer?.get('peer id') ?? []) as Buffer).toString('hex'), `${'ffb3'.repeat(9)}000a`);
    },
  },
  {
    name: 'an address of its own choosing is ignored (BEP 7)',
    run: async (tools) => {
      const hash = tools.hash();
      await tools.announce(hash, 4001, '&left=1&compact=1&ip=10.9.8.7&ipv4=10.9.8.7:4001&ipv6=[2001:db8::1]:4001');
      assert.deepEqual(others(peersOf(await tools.announce(hash, 4002)), 4002), [at(4001)]);
    },
  },
  {
    name: 'port 0 is not handed out',
    run: async (tools) => {
      const hash = tools.hash();
      await tools.get(announceTarget({ infoHash: hash, port: 0, more: '&left=1' }));
      assert.deepEqual(others(peersOf(await tools.announce(hash, 4002)), 4002), []);
    },
  },
  {
    name: 'numwant: none, one, and never more than 200',
    run: async (tools) => {
      const hash = tools.hash();
      for (let port = 4001; port <= 4210; port += 1) await tools.announce(hash, port);
      const count = async (wanted: string) =>
        peersOf(await tools.announce(hash, 4300, `&left=1&compact=1&numwant=${wanted}`)).length;
      assert.deepEqual([await count('0'), await count('1')], [0, 1]);
      assert.ok((await count('100000')) <= 200);
      const usual = await count('nonsense');
      assert.ok(usual > 0 && usual <= 200);
    },
  },
  {
    name: 'a hash is the same however it is escaped',
    run: async (tools) => {
      const hash = tools.hash();
      const text = Buffer.from(hash, 'hex').toString('latin1').replaceAll(' ', '%20');
      await tools.announce(hash, 4001);
      for (const form of [escaped(hash.toUpperCase()), text]) {
        const target = announceTarget({ infoHash: hash, port: 4002, more: '&left=1&compact=1' });
        const answer = await httpAsk(tools.tracker.http, target.replace(escaped(hash), form));
        assert.deepEqual(others(peersOf(answer), 4002), [at(4001)], form);
      }
    },
  },
  {
    name: 'what is left may be more than any integer holds, -1, or not said: a leecher',
    run: async (tools) => {
      const hash = tools.hash();
      await tools.announce(hash, 4001, '&compact=1&left=99999999999999999999');
      await tools.announce(hash, 4002, '&compact=1&left=-1');
      await tools.announce(hash, 4003, '&compact=1');
      assert.deepEqual(await tools.counts(hash), [[0, 0, 3]]);
    },
  },
  {
    name: 'a download counts once (BEP 48)',
    run: async (tools) => {
      const hash = tools.hash();
      for (let times = 0; times < 3; times += 1) await tools.announce(hash, 4001, '&left=0&compact=1&event=completed');
      assert.deepEqual(await tools.counts(hash), [[1, 1, 0]]);
    },
  },
  {
    name: 'a scrape of two torrents: raw hashes as keys, sorted (BEP 48)',
    run: async (tools) => {
      const hashes = [tools.hash(), tools.hash()];
      await tools.announce(hashes[0] as string, 4001);
      await tools.announce(hashes[1] as string, 4001, '&left=0&compact=1');
      assert.deepEqual(await tools.counts(...hashes.toReversed()), [
        [1, 0, 0],
        [0, 0, 1],
      ]);
    },
  },
  {
    name: 'a hash that is no text survives a scrape (BEP 48)',
    run: async (tools) => {
      const hash = 'ff80b3'.padEnd(40, 'c3');
      await tools.announce(hash, 4001);
      assert.deepEqual(await tools.counts(hash), [[0, 0, 1]]);
    },
  },
  {
    name: 'HTTP/1.0 without Host: answered, not chunked, closed',
    run: async (tools) => {
      const { status, head, body } = await tools.get(announceTarget({ infoHash: tools.hash(), port: 4001 }), '1.0');
      assert.equal(status, 200);
      assert.ok(!/chunked/i.test(head));
      assert.match(body.toString('latin1'), /^d.*e$/s);
    },
  },
];

const udpCases: TrackerCase[] = [
  {
    name: 'connect: 16 bytes with the same transaction',
    run: async ({ udp }) => {
      const answer = await udp.ask(connectRequest(0xfedcba98));
      assert.equal(answer?.length, 16);
      assert.equal(answer?.toString('hex', 0, 8), '00000000fedcba98');
    },
  },
  ...[
    { name: 'nothing at all', datagram: Buffer.alloc(0) },
    { name: 'a connect of 15 bytes', datagram: connectRequest().subarray(0, 15) },
    { name: 'a connect without the magic', datagram: Buffer.from(connectRequest()).fill(0, 0, 8) },
    { name: 'noise', datagram: Buffer.alloc(64, 0xa5) },
    { name: 'a scrape of nothing, without an id', datagram: scrapeRequest([]) },
  ].map(({ name, datagram }) => ({
    name: `${name} is not answered, or not at length`,
    run: async ({ udp }: Tools) => {
      const answer = await udp.ask(datagram);
      assert.ok(
        (answer?.length ?? 0) <= datagram.length,
        `${datagram.length} bytes were answered with ${answer?.length}`,
      );
    },
  })),
  {
    name: 'an announce of 97 bytes is not answered',
    run: async (tools) => {
      const { udp } = tools;
      const whole = announceRequest({ id: await udp.connectionId(), infoHash: tools.hash() });
      assert.equal(await udp.ask(whole.subarray(0, 97)), undefined);
    },
  },
  {
    name: 'a connection id that was not issued: no peers, and no more bytes than came',
    run: async (tools) => {
      const request = announceRequest({ id: Buffer.alloc(8, 7), infoHash: tools.hash() });
      const answer = await tools.udp.ask(request);
      assert.notEqual(answer?.readUInt32BE(0), 1);
      assert.ok((answer?.length ?? 0) <= request.length);
    },
  },
  {
    name: 'a connection id is good for its address alone, whatever the port',
    run: async (tools) => {
      const id = await tools.udp.connectionId();
      const neighbour = await UdpClient.open(tools.tracker.udp, '127.0.0.1');
      const stranger = await UdpClient.open(tools.tracker.udp, '127.0.0.2');
      const request = announceRequest({ id, infoHash: tools.hash() });
      const actions = [(await neighbour.ask(request))?.readUInt32BE(0), (await stranger.ask(request))?.readUInt32BE(0)];
      neighbour.close();
      stranger.close();
      assert.equal(actions[0], 1);
      assert.notEqual(actions[1], 1);
    },
  },
  {
    name: 'announce: interval, leechers, seeders, 6 bytes a peer',
    run: async (tools) => {
      const infoHash = tools.hash();
      await tools.udp.announce({ infoHash, port: 4001, left: 0n });
      await tools.udp.announce({ infoHash, port: 4002 });
      const answer = (await tools.udp.announce({ infoHash, port: 4003, transaction: 77 })) as Buffer;
      assert.deepEqual([answer.readUInt32BE(0), answer.readUInt32BE(4)], [1, 77]);
      assert.ok(answer.readUInt32BE(8) > 0);
      assert.deepEqual([answer.readUInt32BE(12), answer.readUInt32BE(16)], [2, 1]);
      assert.deepEqual(others(compactPeers(answer.subarray(20)), 4003), [at(4001), at(4002)]);
    },
  },
  {
    name: 'an announce with options behind it (BEP 41)',
    run: async (tools) => {
      const request = announceRequest({ id: await tools.udp.connectionId(), infoHash: tools.hash() });
      const answer = await tools.udp.ask(Buffer.concat([request, Buffer.from('\x02\x09/announce', 'latin1')]));
      assert.equal(answer?.readUInt32BE(0), 1);
    },
  },
  {
    name: 'the address in an announce is ignored, and port 0 is not the port it came from',
    run: async (tools) => {
      const infoHash = tools.hash();
      await tools.udp.announce({ infoHash, port: 4001, ip: 0x0a090807 });
      await tools.udp.announce({ infoHash, port: 0 });
      const answer = (await tools.udp.announce({ infoHash, port: 4002 })) as Buffer;
      assert.deepEqual(others(compactPeers(answer.subarray(20)), 4002), [at(4001)]);
    },
  },
  {
    name: 'events: 1 is completed, 3 is stopped',
    run: async (tools) => {
      const infoHash = tools.hash();
      for (const event of [2, 1, 1, 0]) await tools.udp.announce({ infoHash, port: 4001, left: 0n, event });
      assert.deepEqual(await tools.counts(infoHash), [[1, 1, 0]]);
      await tools.udp.announce({ infoHash, port: 4001, left: 0n, event: 3 });
      assert.deepEqual((await tools.counts(infoHash))[0]?.[0] ?? 0, 0);
    },
  },
  {
    name: 'scrape: seeders, completed, leechers, in order, unknown ones zeros',
    run: async (tools) => {
      const [first, second, unknown] = [tools.hash(), tools.hash(), tools.hash()];
      await tools.udp.announce({ infoHash: first, port: 4001, left: 0n, event: 1 });
      await tools.udp.announce({ infoHash: second, port: 4001 });
      const answer = await tools.udp.scrape([second, unknown, first, second]);
      const numbers = [...new Array(12).keys()].map((index) => answer?.readUInt32BE(8 + index * 4));
      assert.deepEqual(numbers, [0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1]);
    },
  },
  {
    name: 'a scrape of 74 torrents',
    run: async ({ udp }) => {
      assert.equal((await udp.scrape(conformanceHashes.slice(0, 74)))?.length, 8 + 74 * 12);
    },
  },
  {
    name: 'HTTP and UDP are one tracker',
    run: async (tools) => {
      const infoHash = tools.hash();
      await tools.udp.announce({ infoHash, port: 4001 });
      assert.deepEqual(others(peersOf(await tools.announce(infoHash, 4002)), 4002), [at(4001)]);
    },
  },
];

export const trackerCases: readonly TrackerCase[] = [...httpCases, ...udpCases];
