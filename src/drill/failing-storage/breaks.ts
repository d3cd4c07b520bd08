/** The checks while a peer breaks off: another one is there, so no client may notice anything. */
import { type Content, remove, upload } from '../client.ts';
import { download } from '../download.ts';
import { type Patience, untilNone } from '../patience.ts';
import { type Break, type BreakingPeer, startBreakingPeer } from './breaking-peer.ts';
import { openDescriptors } from './descriptors.ts';
import type { Served } from './served.ts';

/** The peer that breaks; the other one has another name. */
const peerId = 'p1';

/** Upload, download and delete with a peer that breaks there; without `at` it only counts. */
export async function withBreakingPeer(
  served: Served,
  content: Content,
  patience: Patience,
  at?: Break,
): Promise<{ readonly faults: readonly string[]; readonly bytes: BreakingPeer['bytes']; readonly broken: boolean }> {
  const before = await openDescriptors();
  const peer = await startBreakingPeer(served, peerId, at);
  const faults = await useOnce(served.url, content);
  const { bytes, broken } = peer;
  await peer.stop();
  const left = await untilNone(patience, async () => {
    const now = await openDescriptors();
    return now > before ? [`${now} descriptors are open, ${before} were before`] : [];
  });
  return { faults: [...faults, ...left], bytes, broken };
}

async function useOnce(url: string, content: Content): Promise<string[]> {
  const uploaded = await upload(url, [content], 'raw');
  if (uploaded.kind !== 'done') return [`the upload is ${JSON.stringify(uploaded)}`];
  const [view] = uploaded.value;
  const outcome = await download(url, `/download?file=${view?.id}`, content);
  const faults = outcome.kind === 'whole' ? [] : [`the download is ${JSON.stringify(outcome)}`];
  const removed = await remove(url, String(view?.id));
  if (removed.kind !== 'done') faults.push(`the delete is ${JSON.stringify(removed)}`);
  return faults;
}
