/** `npm run bench`: every benchmark, one after the other. `npm run bench -- download upload` runs only those. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printTable, type Row } from './lib.ts';

const shared = new Set(['lib.ts', 'run.ts', 'trackers.ts', 'udp-load.ts', 'directory-load.ts']);
const folder = fileURLToPath(new URL('.', import.meta.url));
const all = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && !shared.has(name))
  .map((name) => name.slice(0, -'.ts'.length));
const wanted = process.argv.slice(2);

for (const name of wanted.length > 0 ? wanted : all) {
  if (!all.includes(name)) throw new Error(`there is no benchmark "${name}", only ${all.join(', ')}`);
  const { run } = (await import(`./${name}.ts`)) as { run: () => Promise<Row[]> };
  printTable(await run());
}
