import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RemoteAddress } from '../../io/peer-socket.ts';
import { Catalog } from '../catalog.ts';
import { entryOf, peer, someBytes } from '../swarm.testing.ts';
import type { WireConnection } from './connection.ts';
import { finderLimits, WireFinder } from './finder.ts';
import { isHeldHere } from './holders.ts';

/** A finder whose door is played by the test. */
function setUp(peers: RemoteAddress[]) {
  const catalog = new Catalog();
  const entry = entryOf('a', someBytes(1000), 100);
  catalog.add(entry);
  const dials: { readonly remote: RemoteAddress; readonly settle: (opened: boolean) => Promise<void> }[] = [];
  const guests: WireConnection[] = [];
  let clock = 0;
  const finder = new WireFinder({
    catalog,
    door: {
      dial: (_, remote) =>
        new Promise((resolve) => {
          const settle = async (opened: boolean): Promise<void> => {
            resolve(opened);
            await new Promise(setImmediate);
          };
          dials.push({ remote, settle });
        }),
      get guests() {
        return guests.values();
      },
    },
    hasPeers: () => peers.length > 0,
    peersOf: () => peers,
    torrentOf: () => ({ entry, infoHash: Buffer.alloc(20), info: Buffer.alloc(0), pieceLayer: () => undefined }),
    isWanting: (file) => !isHeldHere(file),
    now: () => clock,
  });
  const pass = (ms: number): void => {
    clock += ms;
  };
  return { finder, entry, dials, guests, pass };
}

const at = (port: number): RemoteAddress => ({ address: '127.0.0.1', port });

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
  for (let part = 0; part < entry.pieces; part += 1) entry.addPiece(peer('10.0.0.1:5000'), part, true);
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

test('who is connected is not dialled, whether it dialled us or we it', async () => {
  const { finder, entry, dials, guests } = setUp([at(1), at(2), at(3)]);
  const torrent = { entry, infoHash: Buffer.alloc(20), info: Buffer.alloc(0), pieceLayer: () => undefined };
  const guest = (remotePort: number, listenPort?: number): WireConnection =>
    ({ torrent, remoteAddress: '127.0.0.1', remotePort, listenPort }) as unknown as WireConnection;
  guests.push(guest(1), guest(50_000, 2));
  finder.sweep();
  assert.deepEqual(
    dials.map(({ remote }) => remote.port),
    [3],
  );
});

test('there is an end to dialling', () => {
  const { finder, dials } = setUp(Array.from({ length: 1000 }, (_, index) => at(index + 1)));
  finder.sweep();
  assert.equal(dials.length, finderLimits.peersPerFile);
});
