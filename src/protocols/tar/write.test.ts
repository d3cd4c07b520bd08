import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { encodeTarHead, type TarMember, tarEnd, tarPadding } from './write.ts';

/** The listing by GNU tar of an archive with these members, whose contents are zeros: size and path of each. */
function listedByTar(members: readonly TarMember[]): string[] {
  const parts = members.flatMap((member) => [
    encodeTarHead(member),
    Buffer.alloc(member.length),
    Buffer.alloc(tarPadding(member.length)),
  ]);
  const options = { input: Buffer.concat([...parts, tarEnd]), env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } };
  const args = ['--list', '--verbose', '--numeric-owner', '--quoting-style=literal', '--full-time'];
  const { stdout, stderr, status } = spawnSync('tar', [...args, '--file=-'], options);
  assert.deepEqual([status, stderr.toString()], [0, '']);
  return stdout.toString().trimEnd().split('\n');
}

test('tar reads names of every length and language, and contents of every length', () => {
  const paths = ['a', 'folder/a b.txt', 'n'.repeat(100), 'n'.repeat(101), `${'d/'.repeat(200)}x`, 'ж/ü.txt', "it's"];
  const members = paths.map((path, index) => ({ path, length: index * 300, modified: 1_700_000_000 }));
  const expected = members.map(({ path, length }) => `-rw-r--r-- 0/0 ${length} 2023-11-14 22:13:20 ${path}`);
  assert.deepEqual(
    listedByTar(members).map((line) => line.replace(/ +/g, ' ')),
    expected,
  );
});

test('a path whose record is about to have one digit more', () => {
  // The length at the record's beginning counts its own digits: 99 and 100, 999 and 1000.
  for (const bytes of [101, 102, 103, 900, 987, 988, 989, 990, 991, 992]) {
    assert.equal(
      listedByTar([{ path: 'p'.repeat(bytes), length: 0, modified: 0 }])[0]?.endsWith(` ${'p'.repeat(bytes)}`),
      true,
    );
  }
});

test('more than 8 GiB does not fit the head, and stands before it', () => {
  const head = encodeTarHead({ path: 'big', length: 8 * 2 ** 30, modified: 0 });
  assert.equal(head.length, 3 * 512);
  assert.equal(head.toString('latin1', 512, 531), '19 size=8589934592\n');
  assert.equal(encodeTarHead({ path: 'big', length: 8 * 2 ** 30 - 1, modified: 0 }).length, 512);
});

test('zeros fill up blocks of 512', () => {
  assert.deepEqual([0, 1, 511, 512, 513].map(tarPadding), [0, 511, 1, 0, 511]);
});
