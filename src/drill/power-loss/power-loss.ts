/**
 * K2: the power fails. The storage code runs on a disk of ours that writes down every change (`cached-disk.ts` says
 * what a disk may do with it); at each moment of a story every image that may be left is built, and recovered from.
 */
import type { Drill, DrillContext, DrillReport } from '../drill.ts';
import type { ProgramOptions } from './disk-program.ts';
import { downloadStories } from './download-story.ts';
import { journalStory } from './journal-story.ts';
import { piecesStory } from './pieces-story.ts';
import { killedServerStory, serverStory } from './server-stories.ts';
import { examine, type Findings, type Scope, type Story } from './story.ts';

export const powerLoss: Drill = {
  id: 'K2',
  fault: 'the power fails at any point of a commit: what was not synced is lost, in part or in any combination',
  fullMinutes: 4,
  mustShow: 'each image of the disk recovers to before or after, never between',
  run,
  control,
};

/**
 * The number of times that each story of the server is played: calls overtake each other, and the kill comes, elsewhere
 * each time.
 */
const scales = {
  full: { plays: 4, scope: { every: 1, allMax: 256, sampled: 16, failuresMax: 50 } },
  test: { plays: 1, scope: { every: 6, allMax: 16, sampled: 4, failuresMax: 50 } },
} as const;
/** The scale of the stories of parts, which are quick. */
const thorough: Scope = { every: 1, allMax: 1024, sampled: 50, failuresMax: 50 };

async function run(context: DrillContext): Promise<DrillReport> {
  const { random, say, scale } = context;
  const { plays, scope } = scales[scale];
  const all: Findings[] = [];
  const play = async <Promises>(story: Story<Promises>, scope: Scope): Promise<void> => {
    const found = await examine(story, scope, random, context);
    say(`${story.name}: ${found.images} images of ${found.moments} moments, ${found.failures.length} failures`);
    all.push(found);
  };
  await play(journalStory, thorough);
  await play(piecesStory, thorough);
  for (const story of downloadStories) await play(story, thorough);
  for (let played = 0; played < plays; played += 1) {
    await play(serverStory, scope);
    await play(killedServerStory(random), scope);
  }
  const sum = (count: (found: Findings) => number): number => all.reduce((total, found) => total + count(found), 0);
  return {
    facts: { moments: sum(({ moments }) => moments), images: sum(({ images }) => images) },
    failures: [...new Set(all.flatMap(({ failures }) => failures))],
  };
}

/** The fsyncs that do nothing. */
const swallowed: readonly { readonly how: string; readonly syncs: NonNullable<ProgramOptions['syncs']> }[] = [
  { how: 'of the bytes of pieces', syncs: (path) => !path.endsWith('.data') },
  { how: 'of the index of pieces', syncs: (path) => !path.endsWith('.index') },
  { how: 'of the journal', syncs: (path) => !/\/journal(\.new)?$/.test(path) },
  { how: 'of folders', syncs: (path) => /\/journal$|\.\w+$/.test(path) },
];
/** The scale of the control: one failure shows that it is noticed. */
const glance: Scope = { every: 3, allMax: 4, sampled: 2, failuresMax: 1 };

async function control(context: DrillContext): Promise<DrillReport> {
  const failures: string[] = [];
  const missed: string[] = [];
  for (const { how, syncs } of swallowed) {
    const found = await examine(serverStory, glance, context.random, { ...context, syncs });
    if (found.failures.length === 0) missed.push(how);
    failures.push(...found.failures.map((failure) => `without the fsync ${how}: ${failure}`));
  }
  // One that goes unnoticed is as bad as all.
  if (missed.length > 0) return { facts: { 'not noticed': missed.join(', ') }, failures: [] };
  return { facts: { 'fsyncs left out': swallowed.length }, failures };
}
