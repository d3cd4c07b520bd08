/** Writes the generated pages of `docs/`: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from './pages.ts';
import { readSources, root } from './sources.ts';

const sources = readSources();
for (const [name, make] of Object.entries(pages)) {
  const path = join(root, 'docs', name);
  writeFileSync(path, make(sources));
  console.log(path);
}
