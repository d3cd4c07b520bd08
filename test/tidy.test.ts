/** The rules of the house that a machine can check (ARCHITECTURE.md): who may import whom, and how large things get. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Not what was compiled of it: beside that, the manifest is a link. */
const src = join(dirname(realpathSync(fileURLToPath(new URL('../package.json', import.meta.url)))), 'src');

interface Source {
  /** Relative to src/, e.g. `storage/fetch/fetch.ts`. */
  readonly path: string;
  readonly text: string;
  /** Node's modules as `node:net`, ours relative to src/. */
  readonly imports: readonly { readonly of: string; readonly typeOnly: boolean }[];
}

const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('.testing.ts'))
  .map(readSource);

function readSource(path: string): Source {
  const text = readFileSync(join(src, path), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gm);
  const imports = [...statements].map(([, type, from, dynamic]) => {
    const of = from ?? dynamic ?? '';
    return { of: of.startsWith('.') ? relative(src, join(src, dirname(path), of)) : of, typeOnly: type !== undefined };
  });
  return { path, text, imports };
}

/** From the top down; a layer may use itself and what is below. `cli` frames the programs and is used by them. */
const programs = ['server', 'peer', 'node', 'get', 'share'];
const layers = [
  ['main.ts'],
  ['drill'],
  programs,
  ['bittorrent', 'directory', 'http'],
  ['storage'],
  ['cli', 'io'],
  ['async'],
  ['protocols'],
  ['bytes'],
];
const layerOf = (path: string): number => layers.findIndex((names) => names.includes(path.split('/')[0] as string));
const programOf = (path: string): string => path.split('/')[0] as string;

test('there are sources to check, and each is in a layer', () => {
  assert.ok(sources.length > 50);
  assert.deepEqual(
    sources.filter(({ path }) => layerOf(path) < 0).map(({ path }) => path),
    [],
  );
});

test('imports point down, and programs do not know each other', () => {
  const upward = sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ of }) => !of.startsWith('node:'))
      .filter(({ of }) => {
        // `rivulet --help` lists the commands that live in cli itself; those stand beside the frame.
        const [from, to] = [layerOf(path), layerOf(of)];
        const between = programs.includes(programOf(path)) && programs.includes(programOf(of));
        return to < from || (between && programOf(path) !== programOf(of));
      })
      .map(({ of }) => `${path} imports ${of}`),
  );
  assert.deepEqual(upward, []);
});

test('protocols and bytes do no I/O', () => {
  const pure = sources.filter(({ path }) => /^(protocols|bytes)\//.test(path));
  const faults = pure.flatMap(({ path, imports, text }) => [
    ...imports
      .filter(({ of, typeOnly }) => of.startsWith('node:') && of !== 'node:crypto' && !typeOnly)
      .map(({ of }) => `${path} imports ${of}`),
    ...[/\bawait\b/, /\bsetTimeout\b|\bsetInterval\b/, /\bDate\.now\b|\bnew Date\(\)/, /\bMath\.random\b/]
      .filter((forbidden) => forbidden.test(withoutComments(text)))
      .map((forbidden) => `${path} matches ${forbidden}`),
  ]);
  assert.deepEqual(faults, []);
});

test('protocols do not know each other, bencode excepted', () => {
  const protocolOf = (path: string): string | undefined => /^protocols\/([^/]+)\//.exec(path)?.[1];
  const users = new Set(['metainfo', 'tracker', 'wire']);
  const faults = sources.flatMap(({ path, imports }) => {
    const own = protocolOf(path);
    if (own === undefined) return [];
    return imports
      .map(({ of }) => ({ of, other: protocolOf(of) }))
      .filter(({ other }) => other !== undefined && other !== own && !(other === 'bencode' && users.has(own)))
      .map(({ of }) => `${path} imports ${of}`);
  });
  assert.deepEqual(faults, []);
});

test('the domain that decides is pure', () => {
  const pure = [
    'storage/holders/down-peers.ts',
    'storage/replication/balance.ts',
    'storage/catalog/catalog.ts',
    'storage/catalog/torrent-entry.ts',
    'storage/catalog/losses.ts',
    'storage/replication/placement.ts',
    'storage/holders/transfers.ts',
    'bittorrent/client/announce/announce-times.ts',
    'bittorrent/client/announce/tiers.ts',
  ];
  const faults = sources
    .filter(({ path }) => pure.includes(path))
    .flatMap(({ path, imports }) =>
      imports.filter(({ of }) => /^(node:|io\/)/.test(of)).map(({ of }) => `${path} imports ${of}`),
    );
  assert.deepEqual(faults, []);
});

test('the product does not stand on node:http, and has no runtime dependency', () => {
  const http = sources.filter(({ imports }) => imports.some(({ of }) => /^node:(http|https|http2)$/.test(of)));
  assert.deepEqual(
    http.map(({ path }) => path),
    [],
  );
  const manifest = JSON.parse(readFileSync(join(src, '../package.json'), 'utf8'));
  assert.equal(manifest.dependencies, undefined);
  const foreign = sources.flatMap(({ path, imports }) =>
    imports.filter(({ of }) => layerOf(of) < 0 && !of.startsWith('node:')).map(({ of }) => `${path} imports ${of}`),
  );
  assert.deepEqual(foreign, []);
});

test('no file is longer than 300 lines, no line longer than 120 columns', () => {
  const long = sources.filter(({ text }) => text.split('\n').length > 300).map(({ path }) => path);
  const wide = sources.filter(({ text }) => text.split('\n').some(isTooWide)).map(({ path }) => path);
  assert.deepEqual({ long, wide }, { long: [], wide: [] });
});

test('every file begins with what it is about', () => {
  const bare = sources.filter(({ text }) => !/^(#!.*\n)?(import [^;]*;\s*)*\/\*\*/.test(text)).map(({ path }) => path);
  assert.deepEqual(bare, []);
});

/** A literal, as in a page, cannot always be broken. */
function isTooWide(line: string): boolean {
  return line.length > 120 && !/[`'].*[`']|[`<]/.test(line);
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
