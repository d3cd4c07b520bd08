import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { entryOf, fetchContext, peer, someBytes } from '../../storage/swarm.testing.ts';
import { isHeldHere, ListedContent } from '../holders/listed-content.ts';
import type { WireConnection } from './connection.ts';
import { finderLimits, WireFinder } from './finder.ts';
import type { WireTorrent } from './torrent.ts';

/** A finder whose listener is played by the test. */
function setUp(peers: Endpoint[]) {
  const catalog = new Catalog();
  const entry = entryOf('a', someBytes(1000), 100);
  catalog.add(entry);
  const dials: { readonly remote: Endpoint; readonly settle: (opened: boolean) => Promise<void> }[] = [];
  const connected: WireConnection[] = [];
  const torrent = wireTorrentOf(entry);
  let clock = 0;
  const finder = new WireFinder({
    torrents: () => catalog.entries(),
    listener: {
      dial: (_, remote) =>
        new Promise((resolve) => {
          const settle = async (opened: boolean): Promise<void> => {
            resolve(opened);
            await new Promise(setImmediate);
          };
          dials.push({ remote, settle });
        }),
      get peers() {
        return connected.values();
      },
    },
    hasPeers: () => peers.length > 0,
    peersOf: () => peers,
    torrentOf: () => torrent,
    isWanting: (file) => !isHeldHere(file),
    onCrowded: () => {
      its.crowded += 1;
    },
    now: () => clock,
  });
  const pass = (ms: number): void => {
    clock += ms;
  };
  const its = { finder, entry, torrent, dials, connected, pass, crowded: 0 };
  return its;
}

const at = (port: number): Endpoint => ({ address: '127.0.0.1', port });

function wireTorrentOf(entry: TorrentEntry): WireTorrent {
  const content = new ListedContent(entry, fetchContext([]));
  return { content, infoHash: Buffer.alloc(20), info: Buffer.alloc(0), pieceLayer: () => undefined };
}

test('peers of a file that nobody here has are dialled, each once', () => {
  const { finder, dials } = setUp([at(1), at(2)]);
  finder.sweep();
  finder.sweep();
  assert.deepEqual(
    dials.map(({ remote }) => remote.port),
    [1, 2],
  );
});

test('nobody is dialled for a file that is whole here', () => {
  const { finder, entry, dials } = setUp([at(1)]);
  for (let part = 0; part < entry.pieces; part += 1) entry.addPiece(peer('p1'), part);
  finder.sweep();
  assert.equal(dials.length, 0);
  entry.setOnline(peer('p1'), false);
  finder.sweep();
  assert.equal(dials.length, 1, 'the control: its only holder has gone');
});

test('pieces of wire peers do not make a file whole here', () => {
  const { finder, entry, dials } = setUp([at(1)]);
  for (let part = 0; part < entry.pieces; part += 1) entry.addPiece(peer('10.0.0.1:5000'), part, 'wire');
  finder.sweep();
  assert.equal(dials.length, 1);
});

test('who does not answer is left alone for longer and longer', async () => {
  const { finder, dials, pass } = setUp([at(1)]);
  finder.sweep();
  for (const [index, waitMs] of [5_000, 10_000, 20_000].entries()) {
    await dials[index]?.settle(false);
    pass(waitMs - 1);
    finder.sweep();
    assert.equal(dials.length, index + 1);
    pass(1);
    finder.sweep();
    assert.equal(dials.length, index + 2);
  }
});

test('who was dialled for a file that was let go of is dialled at once when it is back', async () => {
  const { finder, entry, dials } = setUp([at(1)]);
  finder.sweep();
  await dials[0]?.settle(true);
  finder.sweep();
  assert.equal(dials.length, 1, 'the control: as long as it is here');
  finder.forget(entry.record.id);
  finder.sweep();
  assert.equal(dials.length, 2);
});

test('who is connected is not dialled, whether it dialled us or we it', async () => {
  const { finder, torrent, dials, connected } = setUp([at(1), at(2), at(3)]);
  const guest = (remotePort: number, listenPort?: number): WireConnection =>
    ({ torrent, remote: at(remotePort), listenPort }) as unknown as WireConnection;
  connected.push(guest(1), guest(50_000, 2));
  finder.sweep();
  assert.deepEqual(
    dials.map(({ remote }) => remote.port),
    [3],
  );
});

/** Connects `count` peers, which were dialled or came, at ports from `first` on. */
function connect({ torrent, connected }: ReturnType<typeof setUp>, count: number, first: number, dialled: boolean) {
  for (let port = first; port < first + count; port += 1)
    connected.push({ torrent, remote: at(port), dialled } as unknown as WireConnection);
}

test('who came by itself keeps nobody from being dialled', () => {
  const its = setUp([at(1)]);
  connect(its, 10 * finderLimits.peersPerFile, 100, false);
  its.finder.sweep();
  assert.deepEqual([its.dials.length, its.crowded], [1, 0]);
});

test('where there is no room, that is told as long as somebody could be dialled', () => {
  const its = setUp([at(1)]);
  connect(its, finderLimits.peersPerFile - 1, 100, true);
  connect(its, 1, 1, true);
  its.finder.sweep();
  assert.deepEqual([its.dials.length, its.crowded], [0, 0], 'nobody waits');
  its.connected.pop();
  connect(its, 1, 99, true);
  its.finder.sweep();
  assert.deepEqual([its.dials.length, its.crowded], [0, 1]);
  its.connected.pop();
  its.finder.sweep();
  assert.deepEqual([its.dials.length, its.crowded], [1, 1]);
});

test('who was never dialled comes before who was, and who was long ago before who was lately', async () => {
  const many = Array.from({ length: finderLimits.peersPerFile }, (_, index) => at(index + 10));
  const peers = [at(1), at(2)];
  const { finder, dials, pass } = setUp(peers);
  finder.sweep();
  await dials[1]?.settle(true);
  pass(1);
  await dials[0]?.settle(true);
  pass(10_000);
  peers.push(...many.slice(1));
  finder.sweep();
  const dialled = dials.slice(2).map(({ remote }) => remote.port);
  assert.deepEqual(dialled, [...many.slice(1).map(({ port }) => port), 2]);
});

test('there is an end to dialling', () => {
  const { finder, dials } = setUp(Array.from({ length: 1000 }, (_, index) => at(index + 1)));
  finder.sweep();
  assert.equal(dials.length, finderLimits.peersPerFile);
});

test('one sweep looks at so many addresses, and the next one goes on with the other torrents', () => {
  const each = finderLimits.addressesPerSweep / 10;
  const ids = Array.from({ length: 25 }, (_, index) => String(index) as TorrentId);
  const asked: string[] = [];
  const finder = new WireFinder({
    torrents: () => ids.map((id) => ({ record: { id } })),
    listener: { dial: () => new Promise(() => {}), peers: [].values() },
    hasPeers: () => true,
    peersOf: (id) => {
      asked.push(id);
      return Array.from({ length: each }, (_, index) => at(index + 1));
    },
    torrentOf: () => ({}) as WireTorrent,
    isWanting: () => true,
    now: () => 0,
  });
  for (const torrents of [10, 10, 5, 10]) {
    asked.length = 0;
    finder.sweep();
    assert.equal(asked.length, torrents);
  }
  assert.deepEqual(asked, ids.slice(0, 10), 'and then from the beginning');
});
