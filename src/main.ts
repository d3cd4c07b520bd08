#!/usr/bin/env node
/**
 * The program `rivulet`: which commands there are, and how the process ends. Everything else is in `cli/run.ts` and in
 * the commands themselves.
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

/** `package.json` lies beside `dist` as it does beside `src`. */
function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

/** `rivulet ls | head -1`: nobody reads any more. That is no failure, and a server goes on without its reader. */
function bearClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
}

process.stdout.on('error', bearClosedPipe);
process.stderr.on('error', bearClosedPipe);

const { stdin, stdout, stderr, env } = process;
const code = await runCommandLine(
  { args: process.argv.slice(2), programs, version: readVersion() },
  { stdin, stdout, stderr, env },
);
// Only once everything written is on its way: a pipe may take it later than we are done.
stdout.write('', () => process.exit(code));
