/** Writes the generated pages of `docs/`, and the schema of `config.json`: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema } from '../../../src/server/config/shape.ts';
import { pages } from './pages.ts';
import { readSources, root } from './sources.ts';

const sources = readSources();
const files = [
  ...Object.entries(pages).map(([name, make]) => ({ name, text: make(sources) })),
  // The test of it stands beside `configSchema`.
  { name: 'config.schema.json', text: `${JSON.stringify(configSchema(), undefined, 2)}\n` },
];
for (const { name, text } of files) {
  const path = join(root, 'docs', name);
  writeFileSync(path, text);
  console.log(path);
}
