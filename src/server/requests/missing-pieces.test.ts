import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { KnownPeer } from '../../storage/fifo/known-peers.ts';
import { tempHolderId } from '../../storage/holders/holder.ts';
import { entryOf, peer, someBytes } from '../../storage/swarm.testing.ts';
import { explainMissing } from './missing-pieces.ts';

const pieces = 100;
const all = [...Array(pieces).keys()];
const seenMs = Date.UTC(2026, 10, 23, 20, 31, 7, 999);

const known = (id: string, changes: Partial<KnownPeer> = {}): KnownPeer => {
  return { id: peer(id), directory: `/peers/${id}`, online: false, lastSeenMs: seenMs, ...changes };
};
const away = (entry: TorrentEntry, id: string, parts: readonly number[]): void => {
  entry.setHolding(peer(id), parts, 'stored');
  entry.setOnline(peer(id), false);
};

const cases: {
  name: string;
  story: (entry: TorrentEntry) => void;
  peers: readonly KnownPeer[];
  missing: readonly number[];
  says: string;
}[] = [
  {
    name: 'the only holder is away',
    story: (entry) => away(entry, 'p1', all),
    peers: [known('p1')],
    missing: all,
    says:
      'nobody online has 100 of the pieces needed: 0-99. ' + 'They were with p1 (last seen 2026-11-23 20:31:07 UTC)',
  },
  {
    name: 'two are away, and each had a part',
    story: (entry) => {
      away(entry, 'p1', [0, 1, 2]);
      away(entry, 'p2', [2, 3]);
    },
    peers: [known('p1'), known('p2', { lastSeenMs: seenMs + 60_000 })],
    missing: [0, 2, 3],
    says:
      'nobody online has 3 of the pieces needed: 0, 2-3. They were with ' +
      'p1 (0, 2: last seen 2026-11-23 20:31:07 UTC) and p2 (2-3: last seen 2026-11-23 20:32:07 UTC)',
  },
  {
    name: 'one had it wrong, another lost it, the server itself too',
    story: (entry) => {
      for (const id of ['p1', 'p2', tempHolderId]) entry.setHolding(peer(id), all, 'stored');
      entry.losePiece(peer('p1'), 5, 'corrupt');
      entry.losePiece(peer('p2'), 5, 'not-found');
      entry.losePiece(tempHolderId, 5, 'corrupt');
    },
    peers: [known('p1', { online: true }), known('p2', { online: true })],
    missing: [5],
    says:
      'nobody online has 1 of the pieces needed: 5. ' +
      'They were with p1 (did not hash), p2 (no longer there) and temp (did not hash)',
  },
  {
    name: 'a holder that is online could not give a piece',
    story: (entry) => entry.setHolding(peer('p1'), all, 'stored'),
    peers: [known('p1', { online: true })],
    missing: [7],
    says: 'nobody online has 1 of the pieces needed: 7. They were with p1 (could not give them)',
  },
  {
    name: 'a lent file that changed',
    story: (entry) => {
      entry.setHolding(peer('p1'), all, 'lent');
      entry.loseHolder(peer('p1'));
    },
    peers: [known('p1', { online: true })],
    missing: all,
    says: 'nobody online has 100 of the pieces needed: 0-99. They were with p1 (no longer there)',
  },
  {
    name: 'after a restart peers have not been heard of',
    story: () => {},
    peers: [known('p1', { lastSeenMs: null }), known('p2', { lastSeenMs: null }), known('p3', { online: true })],
    missing: [0],
    says: 'nobody online has 1 of the pieces needed: 0. Not heard of since the server started: p1 and p2',
  },
  {
    name: 'nobody is known to have had it',
    story: () => {},
    peers: [],
    missing: [0, 1],
    says: 'nobody online has 2 of the pieces needed: 0-1',
  },
  {
    name: 'more ranges and peers than anybody wants to read',
    story: () => {},
    peers: [1, 2, 3, 4, 5, 6, 7].map((index) => known(`p${index}`, { lastSeenMs: null })),
    missing: all.filter((part) => part % 2 === 0),
    says:
      'nobody online has 50 of the pieces needed: ' +
      `${[...Array(20).keys()].map((index) => index * 2).join(', ')} and 30 more ranges. ` +
      'Not heard of since the server started: p1, p2, p3, p4, p5 and 2 more',
  },
];

for (const { name, story, peers, missing, says } of cases) {
  test(`pieces that are missing: ${name}`, () => {
    const entry = entryOf('a', someBytes(pieces * 16), 16);
    story(entry);
    assert.equal(explainMissing(entry, missing, peers), says);
  });
}

test('what is mended, or listed anew, is no loss any more', () => {
  const entry = entryOf('a', someBytes(64), 16);
  entry.setHolding(peer('p1'), [0, 1, 2, 3], 'stored');
  for (const part of [0, 1]) entry.losePiece(peer('p1'), part, 'corrupt');
  entry.addPiece(peer('p1'), 0);
  assert.deepEqual(entry.losses.holdersOf(0), []);
  assert.deepEqual(entry.losses.holdersOf(1), [peer('p1')]);
  entry.setHolding(peer('p1'), [0, 1, 2, 3], 'stored');
  assert.ok(entry.losses.none);
});
