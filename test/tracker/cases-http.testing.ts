/** The cases of a tracker over HTTP (BEP 3, 7, 23, 48). */
import assert from 'node:assert/strict';
import type { Dictionary } from '../../src/protocols/bencode/read.ts';
import { announceTarget, escaped, httpAsk, peersOf } from './client.testing.ts';
import { at, conformanceHashes, others, type Tools, type TrackerCase } from './tools.testing.ts';

export const httpCases: TrackerCase[] = [
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
