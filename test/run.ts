/**
 * Runs compiled test files as `node --test` does, four at a time and each in a process of its own, but for two things.
 * Those of test/ come first: they often wait, and at the end of all nobody would compute meanwhile. And those that can
 * do nothing but compute are run in one process: a start takes longer than they do. At the end it says which took longest.
 *
 *     node dist-test/test/run.js dist-test/src/storage/fetch/fetch.test.js dist-test/test/get/get.test.js
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Most of the time a test waits, for a disk, a process or a timeout. */
const concurrency = 4;
/** That a file may take, in milliseconds. */
const timeout = 200_000;
/** The number of files that are named at the end. */
const slowestMax = 10;

const harmless = new Set(['node:assert/strict', 'node:crypto', 'node:test']);

/** What a compiled module imports: types are gone. Of what is known only as it runs, the expression. */
function importsOf(text: string): string[] {
  const statements = text.matchAll(/^(?:import|export)\s(?:[^;]*\sfrom\s)?'([^']+)';$|\bimport\(([^)]*)\)/gm);
  return [...statements].map(([, of, expression]) => of ?? `${expression}`);
}

/** Whether none of the modules that `path` leads to can do I/O, nor sees or changes what its process is like. */
function isPure(path: string): boolean {
  const reached = new Set([path]);
  for (const module of reached) {
    const text = readFileSync(module, 'utf8');
    if (/\b(process|globalThis)\.\w/.test(text)) return false;
    for (const of of importsOf(text)) {
      if (of.startsWith('.')) reached.add(resolve(dirname(module), of));
      else if (!harmless.has(of)) return false;
    }
  }
  return true;
}

const endToEnd = dirname(fileURLToPath(import.meta.url));
const paths = process.argv.slice(2).map((path) => resolve(path));
const pure = paths.filter(isPure);
const others = paths.filter((path) => !pure.includes(path));
const [first, rest] = [true, false].map((isFirst) => others.filter((path) => path.startsWith(endToEnd) === isFirst));

const folder = mkdtempSync(join(tmpdir(), 'rivulet-tests-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
const together = join(folder, 'pure.mjs');
writeFileSync(together, pure.map((path) => `import '${pathToFileURL(path)}';\n`).join(''));

const files = [...(pure.length > 0 ? [together] : []), ...(first ?? []), ...(rest ?? [])];
const tookMs = new Map<string, number>();

/** The files that took longest, a line each; nothing when there are few anyway. */
function slowest(): string {
  if (files.length <= slowestMax) return '';
  const nameOf = (file: string): string =>
    file === together ? `${pure.length} files that only compute` : relative('dist-test', file).replace(/js$/, 'ts');
  const lines = [...tookMs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, slowestMax)
    .map(([file, ms]) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${nameOf(file)}\n`);
  return `\n${paths.length} files of tests; the slowest (${concurrency} at a time):\n${lines.join('')}`;
}

run({ files, concurrency, timeout })
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  })
  .on('test:complete', ({ name, details }) => {
    // A file is a test of its own, under its path.
    if (files.includes(name)) tookMs.set(name, details.duration_ms);
  })
  .compose(new spec())
  .on('end', () => process.stdout.write(slowest()))
  .pipe(process.stdout);
