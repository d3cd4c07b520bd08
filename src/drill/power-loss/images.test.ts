/** The images that a power loss may leave, for sequences so short that all of them can be listed. */
import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { test } from 'node:test';
import { writeFully } from '../../io/files/files.ts';
import { seededRandom } from '../random.ts';
import { CachedDisk } from './cached-disk.ts';
import { DiskProgram } from './disk-program.ts';
import { imagesAt } from './images.ts';
import type { Tree } from './tree.ts';

type Script = (program: DiskProgram) => Promise<void>;

const write = (path: string, text: string, position = 0) =>
  withFile(path, (file) => writeFully(file, bytes(text), position));
const sync = (path: string) => withFile(path, (file) => file.sync());

function withFile(path: string, work: (file: Awaited<ReturnType<DiskProgram['open']>>) => Promise<void>): Script {
  return async (program) => {
    const flags = path.includes('.') ? constants.O_RDWR | constants.O_CREAT : constants.O_DIRECTORY;
    const file = await program.open(path, flags);
    await work(file);
    await file.close();
  };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const rename =
  (from: string, to: string): Script =>
  (program) =>
    program.rename(from, to);
const unlink =
  (path: string): Script =>
  (program) =>
    program.unlink(path);

/** The tree as sorted `/a.txt=text`; a byte that never came is a dot. */
function shown(tree: Tree): string {
  const files = [...tree.paths()].filter(({ bytes }) => bytes !== null);
  return files
    .map(
      ({ path, bytes }) =>
        `${path}=${Buffer.from(bytes ?? [])
          .toString()
          .replaceAll('\0', '.')}`,
    )
    .sort()
    .join(' ');
}

const written = [write('/a.txt', 'old!'), sync('/a.txt'), sync('/')];

const cases: readonly { name: string; done: readonly Script[]; images: readonly string[] }[] = [
  { name: 'all of it is synced', done: written, images: ['/a.txt=old!'] },
  {
    name: 'a file whose bytes are synced, and not its name',
    done: [write('/a.txt', 'abcd'), sync('/a.txt')],
    images: ['', '/a.txt=abcd'],
  },
  {
    name: 'a file whose name is synced, and not its bytes',
    done: [write('/a.txt', 'abcd'), sync('/')],
    images: ['/a.txt=', '/a.txt=....', '/a.txt=ab..', '/a.txt=abcd'],
  },
  {
    name: 'bytes that are replaced',
    done: [...written, write('/a.txt', 'new!')],
    images: ['/a.txt=old!', '/a.txt=ned!', '/a.txt=new!'],
  },
  {
    name: 'two writes, in any order',
    done: [...written, write('/a.txt', 'A'), write('/a.txt', 'D', 3)],
    images: ['/a.txt=old!', '/a.txt=Ald!', '/a.txt=oldD', '/a.txt=AldD'],
  },
  {
    name: 'a rename is all or nothing',
    done: [...written, rename('/a.txt', '/b.txt')],
    images: ['/a.txt=old!', '/b.txt=old!'],
  },
  {
    name: 'a rename over another file, synced',
    done: [...written, write('/b.txt', 'x'), sync('/b.txt'), rename('/b.txt', '/a.txt'), sync('/')],
    images: ['/a.txt=x'],
  },
  {
    name: 'a removal, and a new file of that name',
    done: [...written, unlink('/a.txt'), write('/a.txt', 'n'), sync('/a.txt')],
    images: ['', '/a.txt=old!', '/a.txt=n'],
  },
  {
    name: 'a folder that is not synced takes everything with it',
    done: [(program) => program.mkdir('/f'), write('/f/a.txt', 'x'), sync('/f/a.txt'), sync('/f')],
    images: ['', '/f/a.txt=x'],
  },
];

for (const { name, done, images } of cases) {
  test(name, async () => {
    const disk = new CachedDisk();
    const program = new DiskProgram(disk);
    for (const step of done) await step(program);
    const found = [...imagesAt(disk.moment, { allMax: 1e6, sampled: 0 }, seededRandom(1))];
    assert.deepEqual([...new Set(found.map(shown))].sort(), [...images].sort());
    const some = [...imagesAt(disk.moment, { allMax: 0, sampled: 5 }, seededRandom(1))].map(shown);
    assert.ok(
      some.every((image) => images.includes(image)),
      'a sample has nothing else',
    );
    assert.ok(some.includes(shown(disk.live)), 'and all that programs see');
  });
}

test('control: a sync that is swallowed saves nothing', async () => {
  const disk = new CachedDisk();
  const program = new DiskProgram(disk, { syncs: () => false });
  for (const step of written) await step(program);
  const found = [...imagesAt(disk.moment, { allMax: 1e6, sampled: 0 }, seededRandom(1))].map(shown);
  assert.ok(found.includes(''));
});
