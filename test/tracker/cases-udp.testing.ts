/** The cases of a tracker over UDP (BEP 15, 41). */
import assert from 'node:assert/strict';
import { announceRequest, connectRequest, scrapeRequest } from '../../src/protocols/tracker/udp/udp.testing.ts';
import { compactPeers, peersOf, UdpClient } from './client.testing.ts';
import { at, conformanceHashes, others, type Tools, type TrackerCase } from './tools.testing.ts';

export const udpCases: TrackerCase[] = [
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
