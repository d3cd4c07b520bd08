/** The tracker of a running server, over HTTP and UDP, by IPv4 and IPv6. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Dictionary, parseBencode } from '../../src/protocols/bencode/read.ts';
import { curl, curlJson, type ServerProcess, serverRoot, startServer } from '../programs.testing.ts';
import { announceTarget, compactPeers, httpAsk, peersOf, UdpClient } from './client.testing.ts';
import { conformanceHashes, Tools, trackerCases } from './conformance.testing.ts';

const stranger = 'ab'.repeat(20);
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

async function wirePortOf(server: ServerProcess): Promise<number> {
  const [, port] = await server.line(/^wire \S+:(\d+)$/);
  return Number(port);
}

test('the cases that every tracker should pass', async (t) => {
  const { url, udpPort } = await startServer(t, serverRoot(t));
  const tracker = { http: url, udp: { host: '127.0.0.1', port: udpPort } };
  const hashes = conformanceHashes.values();
  for (const { name, run: runCase } of trackerCases) {
    await t.test(name, async () => {
      const udp = await UdpClient.open(tracker.udp, '127.0.0.1');
      try {
        await runCase(new Tools(tracker, udp, hashes));
      } finally {
        udp.close();
      }
    });
  }
});

test('curl can announce, by HTTP/1.0 too; peers are counted in /metrics', async (t) => {
  const { url } = await startServer(t, serverRoot(t));
  const target = `${url}${announceTarget({ infoHash: stranger, port: 4001, more: '&left=0' })}`;
  for (const flag of ['--http1.1', '--http1.0']) {
    const { stdout } = await curl('-f', flag, target);
    assert.equal((parseBencode(stdout) as Dictionary).get('complete'), 1);
  }
  // As a person would: curl does the escaping.
  const fields = ['info_hash=aaaaaaaaaaaaaaaaaaa&', 'peer_id=-XX0001-abcdefghijkl', 'port=4002', 'left=1'];
  const { stdout } = await curl(
    '-f',
    '-G',
    ...fields.flatMap((field) => ['--data-urlencode', field]),
    `${url}/announce`,
  );
  assert.equal((parseBencode(stdout) as Dictionary).get('incomplete'), 1);
  const { stdout: metrics } = await curl(`${url}/metrics`);
  assert.match(metrics.toString(), /^rivulet_tracker_peers 2$/m);
  assert.match(metrics.toString(), /^rivulet_tracker_announces_total\{protocol="http",outcome="answered"\} 3$/m);
});

test('an uploaded file has a seeder at once: the wire door, in every kind of answer', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const { url, udpPort, root } = server;
  writeFileSync(join(root, 'a.bin'), Buffer.alloc(200_000, 'rivulet'));
  const { id } = await curlJson<{ id: string }>('-T', join(root, 'a.bin'), `${url}/upload/a.bin`);
  const wire = `127.0.0.1:${await wirePortOf(server)}`;
  for (const more of ['&left=1&compact=1', '&left=1&compact=0']) {
    const answer = await httpAsk(url, announceTarget({ infoHash: id, port: 4001, more }));
    assert.deepEqual([peersOf(answer), answer.get('complete')], [[wire], 1]);
  }
  const udp = await UdpClient.open({ host: '127.0.0.1', port: udpPort });
  t.after(() => udp.close());
  const answer = await udp.announce({ infoHash: id, port: 4001 });
  assert.deepEqual(compactPeers((answer as Buffer).subarray(20)), [wire]);
  assert.equal((await udp.scrape([id]))?.toString('hex', 8), '00000001' + '00000000' + '00000001');
  await curl('-X', 'DELETE', `${url}/file?id=${id}`);
  const after = await httpAsk(url, announceTarget({ infoHash: id, port: 4001, more: '&left=1' }));
  assert.deepEqual([peersOf(after), after.get('complete')], [[], 0]);
});

test('on a server that others can reach: its own files only; its seeder has the address that was reached', async (t) => {
  const root = serverRoot(t, { http: { host: '0.0.0.0', port: 0 } });
  mkdirSync(join(root, 'server_init_files'));
  writeFileSync(join(root, 'server_init_files', 'a.txt'), 'hello');
  const server = await startServer(t, root);
  const url = server.url.replace('0.0.0.0', '127.0.0.1');
  const [{ id }] = (await curlJson<{ files: { id: string }[] }>(`${url}/files`)).files as [{ id: string }];
  const wire = await wirePortOf(server);
  const refused = await httpAsk(url, announceTarget({ infoHash: stranger, port: 4001 }));
  assert.equal(String(refused.get('failure reason')), 'this tracker does not know that torrent');
  for (const host of ['127.0.0.1', '127.0.0.5']) {
    const byHttp = await httpAsk(url.replace('127.0.0.1', host), announceTarget({ infoHash: id, port: 4001 }));
    assert.deepEqual(peersOf(byHttp), [`${host}:${wire}`]);
  }
  const udp = await UdpClient.open({ host: '127.0.0.1', port: server.udpPort });
  t.after(() => udp.close());
  const byUdp = (await udp.announce({ infoHash: id, port: 4001 })) as Buffer;
  assert.deepEqual(compactPeers(byUdp.subarray(20)), [`127.0.0.1:${wire}`]);
  const unknown = (await udp.announce({ infoHash: stranger, port: 4001 })) as Buffer;
  assert.deepEqual([unknown.readUInt32BE(0), unknown.toString('latin1', 8, 20)], [3, 'this tracker']);
});

test('IPv6: peers6 over HTTP, 18 bytes a peer over UDP', { skip: !hasIpv6 && 'no ::1 here' }, async (t) => {
  const { url, udpPort } = await startServer(t, serverRoot(t, { http: { host: '::1', port: 0 } }));
  const udp = await UdpClient.open({ host: '::1', port: udpPort });
  t.after(() => udp.close());
  await udp.announce({ infoHash: stranger, port: 4001 });
  const answer = (await udp.announce({ infoHash: stranger, port: 4002 })) as Buffer;
  const loopback = `${'00'.repeat(15)}01`;
  assert.equal(answer.toString('hex', 20), `${loopback}0fa1`);
  const byHttp = await httpAsk(url, announceTarget({ infoHash: stranger, port: 4003, more: '&left=1' }));
  const peers = (byHttp.get('peers6') as Buffer).toString('hex').match(/.{36}/g);
  assert.deepEqual(peers?.sort(), [`${loopback}0fa1`, `${loopback}0fa2`]);
  assert.deepEqual([byHttp.get('peers')?.toString(), (byHttp.get('external ip') as Buffer).length], ['', 16]);
});

test('registration and tracker share the port', async (t) => {
  const { udpPort } = await startServer(t, serverRoot(t));
  const udp = await UdpClient.open({ host: '127.0.0.1', port: udpPort });
  t.after(() => udp.close());
  const answer = await udp.exchange(Buffer.from('REGISTER peer-id=p1 ipc-path=/nowhere'));
  assert.match(String(answer), /^ERR code=bad-path/);
  assert.equal((await udp.announce({ infoHash: stranger }))?.length, 20);
});
