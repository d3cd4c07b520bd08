/**
 * Watching the swarm: how long it takes from the end of a storage peer (`kill -9`) until a browser has drawn it, and
 * what it costs the server that somebody watches.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';
import {
  type BenchServer,
  Cleanup,
  curlFigure,
  figure,
  main,
  median,
  type Row,
  randomFile,
  runDirectly,
  startProcess,
  startRivulet,
  temporaryFolder,
} from './lib.ts';

const kills = 20;
const watchers = 50;
const idleSeconds = 10;
const executablePath = '/usr/bin/chromium';

export async function run(): Promise<Row[]> {
  if (!existsSync(executablePath)) {
    console.error(`there is no ${executablePath}: nobody watches`);
    return [];
  }
  const cleanup = new Cleanup();
  try {
    const server = await startRivulet(cleanup, { peers: 2 });
    const folder = temporaryFolder(cleanup);
    await curlFigure('http_code', '-T', randomFile(join(folder, 'plan.bin'), 64 * 1024 ** 2), `${server.url}/upload/`);
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    cleanup.add(() => browser.close());
    const tookMs = await killAndWatch(cleanup, server, browser);
    await browser.close();
    return [
      figure('a peer is killed: until a browser has drawn it, median', median(tookMs), 'ms', '< 500'),
      figure(`the same, the longest of ${kills}`, Math.max(...tookMs), 'ms', '< 500'),
      figure('processor, nobody watches', await idleShare(server), '%', '< 1'),
      figure(`processor, ${watchers} watch and nothing happens`, await watchedShare(cleanup, server), '%', '< 1'),
    ];
  } finally {
    await cleanup.run();
  }
}

async function killAndWatch(cleanup: Cleanup, server: BenchServer, browser: Browser): Promise<number[]> {
  const page = await browser.newPage();
  await page.goto(`${server.url}/peers`);
  await page.waitForSelector('#connection.live');
  const tookMs: number[] = [];
  for (let round = 0; round <= kills; round += 1) {
    const peer = await startDoomed(cleanup, server);
    await page.waitForSelector('tr[data-key="doomed"] .online');
    const drawn = drawnAt(page);
    const killedMs = Date.now();
    peer.kill('SIGKILL');
    const ms = (await drawn) - killedMs;
    if (round > 0) tookMs.push(ms); // the first one has code to be compiled
  }
  return tookMs;
}

/** When the row has been drawn as offline, by the clock of this machine. */
function drawnAt(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const look = () => {
      if (document.querySelector('tr[data-key="doomed"] .offline') === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => resolve(Date.now()));
    };
    look();
  })`);
}

/** A storage peer that has registered. */
async function startDoomed(cleanup: Cleanup, { root, url }: BenchServer): Promise<ChildProcess> {
  const args = [main, 'peer', 'doomed', '--dir', join(root, 'peers/doomed'), '--server', url];
  const child = startProcess(cleanup, process.execPath, args);
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    if (line === 'ready') break;
  }
  return child;
}

/** Per cent of a processor that the server takes while nothing happens. */
async function idleShare({ pid }: BenchServer): Promise<number> {
  const before = processorMs(pid);
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
  return (processorMs(pid) - before) / (idleSeconds * 10);
}

async function watchedShare(cleanup: Cleanup, server: BenchServer): Promise<number> {
  for (let watcher = 0; watcher < watchers; watcher += 1) {
    const child = startProcess(cleanup, 'curl', ['-sN', `${server.url}/events`]);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
  }
  return idleShare(server);
}

/** Of user and system, in ticks of 10 ms (proc(5)). */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

await runDirectly(import.meta.url, run);
