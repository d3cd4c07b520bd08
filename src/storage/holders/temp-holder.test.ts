import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../io/log.ts';
import { PieceStore } from '../../io/pieces/piece-store.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { storingHolderContract } from './holder.testing.ts';
import { TempHolder } from './temp-holder.ts';

async function open(t: TestContext): Promise<TempHolder> {
  const store = await PieceStore.open(tempFolder(t), { log: silentLog });
  t.after(() => store.close());
  return new TempHolder(store);
}

storingHolderContract('the temp store', async (t) => {
  const holder = await open(t);
  await holder.measureFreeBytes();
  return holder;
});

test('the temp store knows how much room there is once it has asked', async (t) => {
  const holder = await open(t);
  assert.equal(holder.freeBytes, 0);
  assert.ok((await holder.measureFreeBytes()) > 0);
  assert.ok(holder.freeBytes > 0);
});
