import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import { silentLog } from '../../io/log.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { metainfoFromInfo } from '../../protocols/metainfo/from-info.ts';
import { parseTorrent } from '../../protocols/metainfo/read.ts';
import { hybrid, multiV2Layers, torrentOf } from '../../protocols/metainfo/samples.testing.ts';
import type { Metainfo } from '../../protocols/metainfo/types.ts';
import { infoHash } from '../../protocols/metainfo/write.ts';
import { tempHolderId } from '../holders/holder.ts';
import { peer, recordOf, someBytes } from '../swarm.testing.ts';
import { Ledger } from './ledger.ts';
import type { TorrentRecord } from './torrent-entry.ts';

const file = (name: string) => recordOf(name, someBytes(3000, name), 1024, 1_700_000_000_000);
const reopen = async (ledger: Ledger, folder: string): Promise<Ledger> => {
  await ledger.close();
  return Ledger.open(folder, silentLog);
};

test('files and peers are there after a restart, to the last byte', async (t) => {
  const folder = tempFolder(t);
  let ledger = await Ledger.open(folder, silentLog);
  await ledger.addFiles([file('a'), file('ж.txt')]);
  await ledger.rememberPeer(peer('p1'), '/peers/p1');
  ledger = await reopen(ledger, folder);
  assert.deepEqual([...ledger.files], [file('a'), file('ж.txt')]);
  assert.deepEqual([...ledger.peers], [['p1', '/peers/p1']]);
  await ledger.close();
});

test('a removed file stays removed, until it comes again', async (t) => {
  const folder = tempFolder(t);
  let ledger = await Ledger.open(folder, silentLog);
  await ledger.rememberPeer(peer('p1'), '/peers/p1');
  await ledger.addFiles([file('a')]);
  await ledger.removeFile(file('a').id);
  ledger = await reopen(ledger, folder);
  assert.deepEqual([[...ledger.files], ledger.wasRemoved(file('a').id)], [[], true]);
  await ledger.addFiles([file('a')]);
  ledger = await reopen(ledger, folder);
  assert.deepEqual([[...ledger.files].length, ledger.wasRemoved(file('a').id)], [1, false]);
  await ledger.close();
});

test('removed files that nobody has any more are forgotten, in the journal too', async (t) => {
  const folder = tempFolder(t);
  let ledger = await Ledger.open(folder, silentLog);
  await ledger.rememberPeer(peer('p1'), '/peers/p1');
  const ids = Array.from({ length: 1200 }, (_, index) => index.toString(16).padStart(40, '0') as TorrentId);
  await Promise.all(ids.map((id) => ledger.removeFile(id)));
  for (const id of ids) for (const holder of [peer('p1'), tempHolderId]) ledger.dropped(id, holder);
  await ledger.removeFile(file('a').id);
  assert.ok(readFileSync(join(folder, 'journal'), 'utf8').split('\n').length < 10);
  ledger = await reopen(ledger, folder);
  assert.deepEqual([ledger.wasRemoved(ids[7] as TorrentId), ledger.wasRemoved(file('a').id)], [false, true]);
  for (const holder of [peer('p1'), tempHolderId]) ledger.listed(holder, new Set());
  assert.equal(ledger.wasRemoved(file('a').id), false, 'nobody has anything of it');
  await ledger.close();
});

test('a file that was expected and never came counts as removed, but only after a restart', async (t) => {
  const folder = tempFolder(t);
  const [lost, came] = [file('lost').id, file('came')];
  let ledger = await Ledger.open(folder, silentLog);
  await ledger.rememberPeer(peer('p1'), '/peers/p1');
  await ledger.expectFiles([lost, came.id]);
  await ledger.addFiles([came]);
  assert.equal(ledger.wasRemoved(lost), false, 'it may still come');
  ledger = await reopen(ledger, folder);
  assert.deepEqual([ledger.wasRemoved(lost), ledger.wasRemoved(came.id)], [true, false]);
  await ledger.close();
});

test('a peer that is known at the same place is not written down again', async (t) => {
  const folder = tempFolder(t);
  const ledger = await Ledger.open(folder, silentLog);
  for (let round = 0; round < 3; round += 1) await ledger.rememberPeer(peer('p1'), '/peers/p1');
  await ledger.close();
  assert.equal(readFileSync(join(folder, 'journal'), 'utf8').split('\n').length - 1, 1);
});

test('a journal that is mostly history is rewritten, and says the same', async (t) => {
  const folder = tempFolder(t);
  let ledger = await Ledger.open(folder, silentLog);
  await ledger.addFiles([file('kept')]);
  await ledger.rememberPeer(peer('p1'), '/peers/p1');
  await ledger.removeFile('a'.repeat(40) as TorrentId);
  await ledger.expectFiles([file('arriving').id]);
  for (let round = 0; round < 300; round += 1) {
    await Promise.all(['x', 'y', 'z', 'v'].map((path) => ledger.rememberPeer(peer('p1'), `/${path}${round}`)));
  }
  const lines = readFileSync(join(folder, 'journal'), 'utf8').split('\n').length - 1;
  assert.ok(lines < 1000, `${lines} lines`);
  assert.equal(ledger.wasRemoved(file('arriving').id), false);
  ledger = await reopen(ledger, folder);
  assert.deepEqual([...ledger.files], [file('kept')]);
  assert.deepEqual([...ledger.peers], [['p1', '/v299']]);
  assert.ok(ledger.wasRemoved('a'.repeat(40) as TorrentId));
  assert.ok(ledger.wasRemoved(file('arriving').id));
  await ledger.close();
});

/** A torrent of others as it is kept: a hybrid with layers, so that every key has a value. */
function posted(): TorrentRecord {
  const { info, pieceLayers } = parseTorrent(torrentOf(hybrid, { 'piece layers': multiV2Layers }));
  const metainfo = metainfoFromInfo(info, pieceLayers) as Metainfo;
  return { ...metainfo, id: infoHash(metainfo), sha256: null, createdMs: 1_700_000_000_000 };
}

test('a torrent of others is there after a restart, and again after the journal was rewritten', async (t) => {
  const folder = tempFolder(t);
  let ledger = await Ledger.open(folder, silentLog);
  await ledger.addFiles([posted()]);
  ledger = await reopen(ledger, folder);
  assert.deepEqual([...ledger.files], [posted()]);
  for (let round = 0; round < 1100; round += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => ledger.rememberPeer(peer('p1'), `/${round + index}`)));
  }
  ledger = await reopen(ledger, folder);
  assert.deepEqual([...ledger.files], [posted()]);
  await ledger.close();
});

test('what was found out about a file is there after a restart', async (t) => {
  const folder = tempFolder(t);
  let ledger = await Ledger.open(folder, silentLog);
  const [a, empty] = [file('a'), recordOf('empty', Buffer.alloc(0), 1024)];
  await ledger.addFiles([{ ...a, sha256: null }, empty]);
  const tree = { root: Buffer.alloc(32, 1), layer: Buffer.alloc(96, 2) };
  await ledger.learn(a.id, { sha256: a.sha256, tree });
  await ledger.learn(empty.id, { tree: { root: undefined, layer: Buffer.alloc(0) } });
  await ledger.learn('f'.repeat(40) as TorrentId, { sha256: 'x' });
  ledger = await reopen(ledger, folder);
  assert.deepEqual(
    [...ledger.files],
    [
      { ...a, tree },
      { ...empty, tree: { root: undefined, layer: Buffer.alloc(0) } },
    ],
  );
  await ledger.close();
});

test('with a line lost, nothing counts as removed: it may have said that the file came', async (t) => {
  const folder = tempFolder(t);
  let ledger = await Ledger.open(folder, silentLog);
  await ledger.rememberPeer(peer('p1'), '/peers/p1');
  for (const name of ['a', 'b']) {
    await ledger.expectFiles([file(name).id]);
    await ledger.addFiles([file(name)]);
  }
  await ledger.close();
  const path = join(folder, 'journal');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"name":"a"', '"name":"!"'));
  for (let start = 0; start < 2; start += 1) {
    ledger = await Ledger.open(folder, silentLog);
    assert.deepEqual([...ledger.files], [file('b')]);
    assert.equal(ledger.wasRemoved(file('a').id), false, 'its peers are to keep it');
    await ledger.close();
  }
});

test('the epoch is the number of records ever written, also after a rewrite', async (t) => {
  const folder = tempFolder(t);
  let ledger = await Ledger.open(folder, silentLog);
  assert.equal(ledger.epoch, 1, 'the protocol wants at least 1');
  for (let round = 0; round < 1100; round += 1) await ledger.learn(file('a').id, {});
  const lines = readFileSync(join(folder, 'journal'), 'utf8').split('\n').length - 1;
  assert.ok(lines < 1000, 'control: it was rewritten');
  assert.ok(ledger.epoch >= 1100);
  const { epoch } = ledger;
  ledger = await reopen(ledger, folder);
  assert.equal(ledger.epoch, epoch);
  await ledger.close();
});

test('a peer that knows a later epoch stops the epoch, until that is accepted; an equal one or none does not', async (t) => {
  const folder = tempFolder(t);
  let ledger = await Ledger.open(folder, silentLog);
  await ledger.rememberPeer(peer('p1'), '/peers/p1');
  await ledger.addFiles([file('a')]);
  for (const seen of [undefined, 1, 2]) await ledger.heardEpoch(peer('p1'), seen);
  assert.deepEqual([ledger.epoch, ledger.older], [2, undefined]);
  await ledger.acceptOlder();
  assert.equal(ledger.epoch, 2, 'there was nothing to accept');
  await ledger.heardEpoch(peer('p1'), 3);
  for (const name of ['b', 'c', 'd']) await ledger.addFiles([file(name)]);
  assert.deepEqual([ledger.epoch, ledger.older], [2, { told: 2, seen: 3 }]);
  ledger = await reopen(ledger, folder);
  await ledger.heardEpoch(peer('p2'), 40);
  ledger = await reopen(ledger, folder);
  assert.deepEqual([ledger.epoch, ledger.older], [2, { told: 2, seen: 40 }]);
  await ledger.acceptOlder();
  assert.deepEqual([ledger.epoch, ledger.older], [41, undefined]);
  ledger = await reopen(ledger, folder);
  await ledger.heardEpoch(peer('p2'), 40);
  assert.deepEqual([ledger.epoch, ledger.older], [41, undefined]);
  await ledger.close();
});

test('a journal that lost its last line has an earlier epoch', async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, 'journal');
  let ledger = await Ledger.open(folder, silentLog);
  for (const name of ['a', 'b', 'c']) await ledger.addFiles([file(name)]);
  await ledger.close();
  const text = readFileSync(path, 'utf8');
  for (const left of [text.slice(0, -10), `${text.split('\n').slice(0, 2).join('\n')}\n`]) {
    writeFileSync(path, left);
    ledger = await Ledger.open(folder, silentLog);
    assert.equal(ledger.epoch, 2);
    await ledger.heardEpoch(peer('p1'), 3);
    assert.notEqual(ledger.older, undefined);
    await ledger.close();
  }
});
