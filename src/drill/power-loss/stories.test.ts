/**
 * The journal, the piece store and downloads, at every moment, with every image; and with an fsync left out, as a
 * control.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../random.ts';
import { downloadStories } from './download-story.ts';
import { journalStory } from './journal-story.ts';
import { piecesStory } from './pieces-story.ts';
import { examine, type Scope, type Story } from './story.ts';

const everything: Scope = { every: 1, allMax: 4096, sampled: 100, failuresMax: 10 };
/** The scale: one failure shows that it is noticed. */
const glance: Scope = { ...everything, failuresMax: 1 };

const swallowed = [
  { part: 'journal', name: 'the journal', syncs: (path: string) => !path.includes('/journal') },
  { part: 'journal', name: 'folders', syncs: (path: string) => path.includes('/journal') },
  { part: 'pieces', name: 'the bytes', syncs: (path: string) => !path.endsWith('.data') },
  { part: 'pieces', name: 'the index', syncs: (path: string) => !path.endsWith('.index') },
  { part: 'pieces', name: 'folders', syncs: (path: string) => path.includes('.') },
];

/** The parts that a download consists of, by what their paths look like. */
const ofDownloads = [
  { name: 'the bytes', syncs: (path: string) => !path.includes('/data/') },
  { name: 'the state', syncs: (path: string) => !path.endsWith('/state') },
  { name: 'folders', syncs: (path: string) => /\/(state|info|name|a|c)(\.new)?$/.test(path) },
];

function testStory<Promises>(story: Story<Promises>): void {
  for (const seed of [1, 2, 3]) {
    test(`${story.name}: the power may fail at any moment, seed ${seed}`, async (t) => {
      const found = await examine(story, everything, seededRandom(seed), { signal: t.signal });
      assert.deepEqual(found.failures, []);
      assert.ok(found.moments > 20 && found.images > 30, `${found.images} images of ${found.moments} moments`);
    });
  }
  const left = story.name.startsWith('download') ? ofDownloads : swallowed.filter(({ part }) => part === story.name);
  for (const { name, syncs } of left) {
    test(`control: ${story.name} without the fsync of ${name}`, async (t) => {
      const found = await examine(story, glance, seededRandom(1), { signal: t.signal, syncs });
      assert.notDeepEqual(found.failures, []);
    });
  }
}

testStory(journalStory);
testStory(piecesStory);
for (const story of downloadStories) testStory(story);
