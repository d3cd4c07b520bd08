/** Every file that a document names is there, and so is every place that a link leads to. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { root } from './generator/sources.ts';

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Files of the repository, by the last part of their path. */
const names = new Set(
  ['src', 'test', 'docs', 'scripts', 'static', 'bench'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => path.replace(/^.*\//, '')),
  ),
);
const rooms = new Set(readdirSync(join(root, 'src')));

/** What stands for something else: `docs/protocols/NAME.md`. */
const placeholder = /NAME|LANG|FILE|\bID\b|\bx\.|[*…]/;

/** What `text` says of the repository that is not so, as if it stood in the file `path`. */
function faultsIn(path: string, text: string): string[] {
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span as string);
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/.test(target));
  return [
    ...new Set([
      ...spans.filter((span) => !isThere(span)),
      ...[...text.matchAll(/(?<![\w/.-])(?:src|test|docs|scripts|bench|static)\/[\w./-]*\w/g)]
        .map(([found]) => found)
        .filter((found) => !placeholder.test(found) && !existsSync(join(root, found)) && !existsHere(path, found)),
      ...links.filter((target) => !leadsSomewhere(path, target)),
    ]),
  ];
}

/** Whether a span of code, if it names a file of ours, names one that is there. */
function isThere(span: string): boolean {
  if (!/^[\w.-]+(\/[\w.-]+)*\/?$/.test(span) || placeholder.test(span)) return true;
  const [first = ''] = span.split('/');
  if (span.includes('/') && rooms.has(first)) return existsSync(join(root, 'src', span));
  // A bare name of a source: of a file in some folder that the sentence is about.
  return !/\.ts$/.test(span) || (span.includes('/') ? existsSync(join(root, span)) : names.has(span));
}

/** From the folder of the document: `docs/x.md` inside a link is relative to it. */
function existsHere(path: string, found: string): boolean {
  return existsSync(join(root, dirname(path), found));
}

function leadsSomewhere(path: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const found = file === '' ? path : join(dirname(path), file);
  if (relative(root, join(root, found)).startsWith('..') || !existsSync(join(root, found))) return false;
  return anchor === undefined || anchorsOf(readFileSync(join(root, found), 'utf8')).has(anchor);
}

/** The anchors that a page has for its headings, as they are made by those who show Markdown. */
function anchorsOf(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

for (const path of documents) {
  test(`${path} names files and places that are there`, () => {
    assert.deepEqual(faultsIn(path, readFileSync(join(root, path), 'utf8')), []);
  });
}

test('what is not there is found (control)', () => {
  const text = `
\`storage/intake.ts\`, \`storage/nowhere.ts\`, \`nobody.ts\`, \`read.ts\`, \`src/nowhere\`, \`GET /files\`, \`NAME.ts\`
[good](docs/glossary.md) [bad](docs/none.md) [section](docs/glossary.md#holders) [no section](docs/glossary.md#nothing)
\`\`\`
src/main.ts  scripts/none
\`\`\`
`;
  assert.deepEqual(faultsIn('README.md', text), [
    'storage/nowhere.ts',
    'nobody.ts',
    'src/nowhere',
    'docs/none.md',
    'scripts/none',
    'docs/glossary.md#nothing',
  ]);
});

test('the HTTP API of docs/api.md has every address of the server', () => {
  const page = readFileSync(join(root, 'docs/api.md'), 'utf8');
  const routes = readFileSync(join(root, 'src/server/routes.ts'), 'utf8');
  const paths = [...routes.matchAll(/path: '([^'*]+)\*?'/g)].map(([, path]) => path as string);
  assert.ok(paths.length > 10);
  assert.deepEqual(
    paths.filter((path) => !new RegExp(`[ \`]${path}${path.endsWith('/') && path !== '/' ? '' : '[`?]'}`).test(page)),
    [],
  );
});
