/**
 * The rules of the house that a machine can check (ARCHITECTURE.md): who may import whom, and what is pure. How large
 * things get, how comments begin, and where a rule has its one owner is in tidy/. Each rule that reads text has a control,
 * which breaks it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { circlesOf } from './tidy/circles.testing.ts';
import { isPure, root, type Source, sources, tests, withoutComments } from './tidy/sources.testing.ts';

type Ladder = readonly (readonly string[])[];

/** From the top down: a layer may use what is below it. Folders of one layer do not know each other. */
const layers: Ladder = [
  ['main.ts'],
  ['drill'],
  ['server', 'peer', 'node', 'get', 'share'],
  ['bittorrent', 'directory', 'http', 'cli'],
  ['storage'],
  ['io'],
  ['async'],
  ['protocols'],
  ['bytes'],
];

/** The same inside a folder: its rooms, and the files at its root. */
const ladders: Readonly<Record<string, Ladder>> = {
  storage: [['intake.ts'], ['replication'], ['scrub'], ['fetch', 'fifo'], ['catalog'], ['holders']],
  bittorrent: [['client', 'holders', 'tracker'], ['peers']],
  server: [
    ['program.ts'],
    ['server.ts'],
    ['routes.ts'],
    ['wiring'],
    ['handlers', 'directory', 'udp'],
    ['requests'],
    ['pages', 'events'],
    ['views'],
    ['config', 'context'],
  ],
};

/** Rooms that stand apart: they know nothing but what is named here. */
const apart: Readonly<Record<string, readonly string[]>> = {
  directory: ['async', 'bytes', 'protocols'],
  'bittorrent/tracker': ['async', 'bytes', 'protocols'],
};

describe('rooms', () => {
  test('there are sources to check', () => assert.ok(sources.length > 300 && tests.length > 300));

  for (const [folder, ladder] of [['', layers], ...Object.entries(ladders)] as const) {
    test(`imports point down in src/${folder}`, () => assert.deepEqual(upward(folder, ladder, sources), []));
  }

  test('inside bittorrent/client: its files, then download and metadata, then announce', () => {
    const of = (path: string): string => path.replace(/^(bittorrent\/client\/)([^/]+\.ts)$/, '$1root/$2');
    const moved = sources.map((source) => ({
      ...source,
      path: of(source.path),
      imports: source.imports.map((one) => ({ ...one, of: of(one.of) })),
    }));
    const ladder = [['root'], ['download', 'metadata'], ['announce']];
    assert.deepEqual(upward('bittorrent/client', ladder, moved), []);
  });

  test('the control: what points up, across, or to nowhere is found', () => {
    const importing = (path: string, ...of: string[]): Pick<Source, 'path' | 'imports'> => ({
      path,
      imports: of.map((one) => ({ of: one, typeOnly: true })),
    });
    const wrong = [
      importing('storage/fetch/a.ts', 'storage/scrub/b.ts', 'storage/fifo/b.ts', 'storage/holders/b.ts', 'io/b.ts'),
      importing('storage/attic/a.ts'),
    ];
    assert.deepEqual(upward('storage', ladders.storage as Ladder, wrong), [
      'storage/fetch/a.ts imports storage/scrub/b.ts',
      'storage/fetch/a.ts imports storage/fifo/b.ts',
      'storage/attic/a.ts is in none of the rooms',
    ]);
    assert.equal(upward('', layers, [importing('io/a.ts', 'cli/b.ts'), importing('cli/b.ts', 'http/a.ts')]).length, 2);
  });

  test('the directory and the tracker stand apart', () => {
    const faults = Object.entries(apart).flatMap(([room, known]) =>
      sources
        .filter(({ path }) => path.startsWith(`${room}/`))
        .flatMap(({ path, imports }) =>
          imports
            .filter(({ of }) => ![room, 'node:', ...known].some((name) => of.startsWith(name)))
            .map(({ of }) => `${path} imports ${of}`),
        ),
    );
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

  test('no file leads back to itself, be it by types alone', () => {
    const graphOf = (files: readonly Pick<Source, 'path' | 'imports'>[]) =>
      new Map(files.map(({ path, imports }) => [path, imports.map(({ of }) => of)]));
    assert.deepEqual(circlesOf(graphOf(sources)), []);
    const control = new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['b', 'd']],
      ['d', []],
    ]);
    assert.deepEqual(circlesOf(control), [['b', 'c']]);
  });

  test('the product does not stand on node:http, and has no runtime dependency', () => {
    const http = sources.filter(({ imports }) => imports.some(({ of }) => /^node:(http|https|http2)$/.test(of)));
    assert.deepEqual(
      http.map(({ path }) => path),
      [],
    );
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.equal(manifest.dependencies, undefined);
    const ours = layers.flat();
    const isForeign = (of: string): boolean => !of.startsWith('node:') && !ours.includes(of.split('/')[0] ?? '');
    const foreign = sources.flatMap(({ path, imports }) =>
      imports.filter(({ of }) => isForeign(of)).map(({ of }) => `${path} imports ${of}`),
    );
    assert.deepEqual(foreign, []);
  });
});

describe('what is pure', () => {
  test('protocols and bytes', () => {
    const pure = sources.filter(({ path }) => /^(protocols|bytes)\//.test(path));
    assert.deepEqual(pure.flatMap(impurities), []);
  });

  test('every file that says so in its first comment', () => {
    const pure = sources.filter(isPure);
    assert.ok(pure.length >= 35, `${pure.length} files say that they are pure`);
    assert.deepEqual(pure.flatMap(impurities), []);
  });

  test('the control', () => {
    const text = [
      '/** What is what. Pure. */',
      'await x; setTimeout(f, 1); x = Date.now(); y = performance.now(); z = Math.random(); // await',
    ].join('\n');
    const of = (name: string, typeOnly = false) => ({ of: name, typeOnly });
    const imports = [of('node:fs'), of('node:net', true), of('node:crypto'), of('io/files/files.ts'), of('io/log.ts')];
    const found = impurities({ path: 'a.ts', text, imports });
    assert.deepEqual(found.slice(0, 2), ['a.ts imports node:fs', 'a.ts imports io/files/files.ts']);
    assert.equal(found.filter((fault) => fault.startsWith('a.ts matches')).length, 5);
  });
});

/** Imports of files in `folder` that do not lead down `ladder`, from rung to rung. */
function upward(folder: string, ladder: Ladder, files: readonly Pick<Source, 'path' | 'imports'>[]): string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const roomOf = (path: string): string => path.slice(prefix.length).split('/')[0] ?? '';
  const rungOf = (path: string): number => ladder.findIndex((rooms) => rooms.includes(roomOf(path)));
  return files
    .filter(({ path }) => path.startsWith(prefix))
    .flatMap(({ path, imports }) => {
      if (rungOf(path) < 0) return [`${path} is in none of the rooms`];
      return imports
        .filter(({ of }) => !of.startsWith('node:') && of.startsWith(prefix) && roomOf(of) !== roomOf(path))
        .filter(({ of }) => rungOf(of) <= rungOf(path))
        .map(({ of }) => `${path} imports ${of}`);
    });
}

/** What a file does that is not computing. */
function impurities({ path, text, imports }: Source): string[] {
  // The pure files of a room of io/ may know that room, which has the errors and the values beside the calls.
  const allowed = ['node:crypto', 'io/log.ts', path.startsWith('io/') ? `${dirname(path)}/` : undefined];
  const isImpure = ({ of, typeOnly }: Source['imports'][number]): boolean =>
    !typeOnly && /^(node:|io\/)/.test(of) && !allowed.some((one) => one !== undefined && of.startsWith(one));
  const forbidden = [
    /\bawait\b/,
    /\bset(Timeout|Interval|Immediate)\b/,
    /\bDate\.now\b|\bnew Date\(\)/,
    /\bperformance\.now\b/,
    /\bMath\.random\b|\brandom(Bytes|Int|UUID)\b/,
  ];
  return [
    ...imports.filter(isImpure).map(({ of }) => `${path} imports ${of}`),
    ...forbidden.filter((form) => form.test(withoutComments(text))).map((form) => `${path} matches ${form}`),
  ];
}
