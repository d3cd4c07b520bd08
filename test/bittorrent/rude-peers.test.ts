/** Wire peers that ask for much and take nothing: they cost a bounded memory, and keep nobody else waiting. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RawPeer } from '../../src/bittorrent/peers/raw-peer.testing.ts';
import type { FileDetailView, UploadView } from '../../src/protocols/api/types.ts';
import { encodeMetadataMessage } from '../../src/protocols/wire/extension.ts';
import type { OutgoingMessage } from '../../src/protocols/wire/types.ts';
import { startGet } from '../get/get.testing.ts';
import { curlJson, type ServerProcess, serverRoot, someBytes, startServer } from '../programs.testing.ts';

const content = someBytes(16 * 1024 * 1024);
const blockBytes = 16_384;

interface Shared extends ServerProcess {
  readonly magnet: string;
  /** Dials the server as a wire peer that sends `messages`. */
  dial(...messages: OutgoingMessage[]): Promise<RawPeer>;
}

/** A server with one file, whose info dictionary is of several pieces. */
async function share(t: TestContext): Promise<Shared> {
  const server = await startServer(t, serverRoot(t, { piece_size: blockBytes }));
  const path = join(server.root, 'upload');
  writeFileSync(path, content);
  const { id } = await curlJson<UploadView>('-T', path, `${server.url}/upload/film.bin`);
  const { links } = await curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
  const target = {
    listener: { port: Number(server.wire.split(':').at(-1)) },
    torrent: { infoHash: Buffer.from(id, 'hex') },
  };
  const magnet = `${links.magnet.replace(/&(ws|tr|x\.pe)=[^&]*/g, '')}&x.pe=${server.wire}`;
  const dial = async (...messages: OutgoingMessage[]): Promise<RawPeer> => {
    const peer = await RawPeer.dial(target);
    t.after(() => peer.socket.destroy());
    await peer.heard('extended');
    return peer.say(...messages);
  };
  return Object.assign(server, { magnet, dial });
}

/** The most memory that the process has had so far, in MiB. */
function peakMiB({ child }: ServerProcess): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
}

test('50 times 2,000 requests for metadata that nobody takes cost little memory', async (t) => {
  const server = await share(t);
  const hello: OutgoingMessage = { kind: 'extended', id: 0, payload: Buffer.from('d1:md11:ut_metadatai7eee') };
  const ask: OutgoingMessage = {
    kind: 'extended',
    id: 1,
    payload: encodeMetadataMessage({ kind: 'request', piece: 0 }),
  };
  const flood = Array.from({ length: 2000 }, () => ask);
  const before = peakMiB(server);
  const rude = await Promise.all(Array.from({ length: 50 }, () => server.dial(hello)));
  for (const peer of rude) {
    peer.socket.pause();
    peer.say(...flood);
  }
  // The control: who takes what it asks for gets all of it, and by then the others have been heard as well.
  const polite = await server.dial(hello, ...flood);
  let answers = 0;
  for await (const { id } of polite.each('extended')) {
    if (id === 7) answers += 1;
    if (answers === flood.length) break;
  }
  const grown = peakMiB(server) - before;
  t.diagnostic(`grown by ${Math.round(grown)} MiB`);
  // Most of it is what the polite one leaves for the collector; all answers to the others are 1,500 MiB.
  assert.ok(grown < 200, `grown by ${grown} MiB`);
});

for (const { name, requests } of [
  { name: 'ask for nothing', requests: 0 },
  { name: 'ask for 512 blocks each and read nothing', requests: 512 },
])
  test(`60 interested peers that ${name} keep nobody from downloading`, async (t) => {
    const server = await share(t);
    const asking = Array.from({ length: requests }, (_, index): OutgoingMessage => {
      return { kind: 'request', index, begin: 0, length: blockBytes };
    });
    const idle = await Promise.all(Array.from({ length: 60 }, () => server.dial({ kind: 'interested' })));
    for (const peer of idle) {
      if (requests > 0) peer.socket.pause();
      peer.say(...asking);
    }
    const folder = join(server.root, 'downloads');
    mkdirSync(folder);
    const since = performance.now();
    await startGet(t, server.magnet, folder).succeeds();
    const seconds = (performance.now() - since) / 1000;
    t.diagnostic(`${Math.round(seconds)} s`);
    assert.ok(readFileSync(join(folder, 'film.bin')).equals(content));
    // Before slots had to be used, it was not done after 110 s.
    assert.ok(seconds < 60, `${seconds} s`);
  });
