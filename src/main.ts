#!/usr/bin/env node
/**
 * The program `rivulet`: the list of its commands, and the end of the process. Everything else is in `cli/run.ts` and
 * in the commands themselves.
 */
import { readFileSync } from 'node:fs';
import { type LoadProgram, runCommandLine } from './cli/run.ts';

const programs = new Map<string, LoadProgram>([
  ['server', () => import('./server/program.ts')],
  ['peer', () => import('./peer/program.ts')],
  ['node', () => import('./node/program.ts')],
  ['get', () => import('./get/program.ts')],
  ['share', () => import('./share/program.ts')],
  ['put', () => import('./cli/put.ts')],
  ['ls', () => import('./cli/ls.ts')],
  ['peers', () => import('./cli/peers.ts')],
  ['verify', () => import('./cli/verify.ts')],
  ['drill', () => import('./drill/program.ts')],
]);

/** The version in `package.json`, which is beside `dist` as it is beside `src`. */
function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

/** Ignores that the reader of a pipe is gone (`rivulet ls | head -1`): no failure, and a server goes on without it. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
}

process.stdout.on('error', ignoreClosedPipe);
process.stderr.on('error', ignoreClosedPipe);

const { stdin, stdout, stderr, env } = process;
const code = await runCommandLine(
  { args: process.argv.slice(2), programs, version: readVersion() },
  { stdin, stdout, stderr, env },
);
// Exits only once all output is written: a pipe may take it later than the program is done.
stdout.write('', () => process.exit(code));
