/** For tests of `rivulet get`: torrents of one or several files, and the program with what it says. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { encodeBencode } from '../../src/protocols/bencode/write.ts';
import { ContentHasher } from '../../src/protocols/metainfo/hash.ts';
import { type Running, start } from '../programs.testing.ts';

export interface TestFile {
  readonly path: readonly string[];
  readonly content: Buffer;
}

export interface TestTorrent {
  readonly name: string;
  readonly pieceLength: number;
  readonly pieces: number;
  /** All of its files in one row. */
  readonly content: Buffer;
  /** Undefined where it is a single file. */
  readonly files: readonly TestFile[] | undefined;
  readonly info: Buffer;
  /** 40 hex digits. */
  readonly id: string;
}

export function makeTorrent(
  name: string,
  what: Buffer | readonly TestFile[],
  { pieceLength = 65_536 }: { readonly pieceLength?: number } = {},
): TestTorrent {
  const files = Buffer.isBuffer(what) ? undefined : what;
  const content = Buffer.isBuffer(what) ? what : Buffer.concat(what.map((file) => file.content));
  const hasher = new ContentHasher(pieceLength);
  hasher.update(content);
  const { pieceHashes } = hasher.finish();
  const lengths = files?.map((file) => ({ length: file.content.length, path: [...file.path] }));
  const info = encodeBencode({
    ...(lengths === undefined ? { length: content.length } : { files: lengths }),
    name,
    'piece length': pieceLength,
    pieces: pieceHashes,
  });
  const id = createHash('sha1').update(info).digest('hex');
  return { name, pieceLength, pieces: pieceHashes.length / 20, content, files, info, id };
}

/** The numbers of all pieces. */
export function indices({ pieces }: TestTorrent): number[] {
  return [...Array(pieces).keys()];
}

export function pieceOf({ content, pieceLength }: TestTorrent, index: number): Buffer {
  return content.subarray(index * pieceLength, (index + 1) * pieceLength);
}

/** Writes the `.torrent` with these trackers (BEP 12), and answers its path. */
export function writeTorrent(folder: string, { info, id }: TestTorrent, ...tiers: (readonly string[])[]): string {
  const path = join(folder, `${id}-${tiers.flat().length}.torrent`);
  const list = tiers.map((tier) => [...tier]);
  const trackers = encodeBencode({ announce: tiers[0]?.[0], ...(tiers.length > 1 && { 'announce-list': list }) });
  writeFileSync(path, Buffer.concat([trackers.subarray(0, -1), Buffer.from('4:info'), info, Buffer.from('e')]));
  return path;
}

/** Puts its files into `folder`, as who has them all does. */
export function writeFiles(folder: string, { name, content, files }: TestTorrent): void {
  for (const { path, content: bytes } of files ?? [{ path: [], content }]) {
    const place = join(folder, name, ...path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, bytes);
  }
}

/** Byte for byte. */
export function assertWhole(folder: string, { name, content, files }: TestTorrent): void {
  for (const { path, content: bytes } of files ?? [{ path: [], content }])
    assert.ok(readFileSync(join(folder, name, ...path)).equals(bytes), join(name, ...path));
}

/** The output on stdout with `--json`; each line must be JSON. */
export interface GetEvent {
  readonly event: 'checking' | 'progress' | 'note' | 'done';
  readonly have_bytes?: number;
  readonly message?: string;
  readonly path?: string;
  readonly id?: string;
}

/** `rivulet get` under way. */
export class Get {
  readonly running: Running;
  /** Settles when the command has ended, and all its output has come. */
  readonly #closed: Promise<unknown>;

  constructor(running: Running) {
    this.running = running;
    this.#closed = once(running.child, 'close');
  }

  get events(): GetEvent[] {
    return this.running.lines.map((line) => JSON.parse(line) as GetEvent);
  }

  /** Settles once it says that so many bytes are there. */
  async has(bytes: number): Promise<void> {
    await this.running.line(new RegExp(`^{"event":"progress","have_bytes":${bytes},`));
  }

  /** Settles when the command has ended, which must be well. */
  async succeeds(): Promise<void> {
    await this.#closed;
    const code = await this.running.over();
    assert.equal(code, 0, [...this.running.lines, ...this.running.errors].join('\n'));
    assert.equal(this.events.at(-1)?.event, 'done');
  }

  /** Settles when the command has ended, with that exit code and a reason, never a stack. */
  async fails(code: number, message: RegExp): Promise<void> {
    await this.#closed;
    const said = [...this.running.lines, ...this.running.errors].join('\n');
    assert.equal(await this.running.over(), code, said);
    assert.match(said, message);
    assert.doesNotMatch(said, /^ {4}at /m, 'a stack: a fault of ours');
  }
}

export function startGet(t: TestContext, what: string, folder: string, ...flags: string[]): Get {
  return new Get(start(t, ['get', what, '-o', folder, '--json', ...flags]));
}
