/**
 * `npm run fuzz`: every fuzz test with a seed of its own, at length. `npm run fuzz -- http 1234 500` repeats 500 rounds
 * of one with the seed 1234. The seed is printed first, so that a failure can be repeated.
 */
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';

interface FuzzTest {
  readonly roundsByDefault: number;
  fuzz(seed: number, rounds: number): void | Promise<void>;
}

const folder = new URL('.', import.meta.url);
/** A fuzz test is a module with a bounded round of itself beside it. */
const all = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -'.test.ts'.length))
  .filter((name) => existsSync(new URL(`${name}.ts`, folder)));

const [wanted, seedText, roundsText] = process.argv.slice(2);
if (wanted !== undefined && !all.includes(wanted))
  throw new Error(`there is no fuzz test "${wanted}", only ${all.join(', ')}`);

for (const name of wanted === undefined ? all : [wanted]) {
  const { fuzz, roundsByDefault } = (await import(`./${name}.ts`)) as FuzzTest;
  const seed = seedText === undefined ? randomInt(2 ** 32) : Number(seedText);
  const rounds = roundsText === undefined ? roundsByDefault : Number(roundsText);
  console.log(`${name}: seed ${seed}, ${rounds} rounds`);
  await fuzz(seed, rounds);
}
console.log('nothing found');
