/**
 * Requests per second for `GET /files` with ten files, over 64 connections that are kept open: our server beside
 * node:http with the same bytes in memory and nginx (one worker) with the same bytes in a file, driven by wrk with one
 * thread.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  Cleanup,
  compare,
  type Row,
  runDirectly,
  startNginx,
  startProcess,
  startRivulet,
  temporaryFolder,
} from './lib.ts';

const rounds = 7;
const files = 10;

/** wrk sends one request at a time on a connection, or with this script sixteen. */
const pipelined = `
init = function()
  local requests = {}
  for i = 1, 16 do requests[i] = wrk.format() end
  batch = table.concat(requests)
end
request = function() return batch end
`;

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const folder = temporaryFolder(cleanup);
    const script = join(folder, 'pipelined.lua');
    writeFileSync(script, pipelined);
    const ours = await startOurs(cleanup);
    const body = await (await fetch(`${ours}/files`)).text();
    mkdirSync(join(folder, 'www'));
    writeFileSync(join(folder, 'www', 'files'), body);
    const node = await startNode(cleanup, join(folder, 'www', 'files'));
    const nginx = await startNginx(cleanup, join(folder, 'www'));
    const cached = await startNginx(cleanup, join(folder, 'www'), 'open_file_cache max=100;');
    const against = (name: string, target: string, theirs: string, ...options: string[]): Promise<Row> => {
      const perSecond = (url: string) => () => requestsPerSecond(`${url}/files`, options);
      return compare({ name, unit: 'requests/s', target }, rounds, perSecond(ours), perSecond(theirs));
    };
    const rows = [
      await against('GET /files, beside node:http', '>= 1.4', node),
      await against('GET /files, 16 in a pipeline, beside node:http', '>= 5', node, '-s', script),
    ];
    if (nginx !== null) rows.push(await against('GET /files, beside nginx with a file', '>= 1.3', nginx));
    if (cached !== null) rows.push(await against('GET /files, beside nginx with open_file_cache', '>= 0.8', cached));
    return rows;
  } finally {
    await cleanup.run();
  }
}

async function startOurs(cleanup: Cleanup): Promise<string> {
  const { url } = await startRivulet(cleanup, { peers: 0 });
  for (let number = 1; number <= files; number += 1) {
    const answer = await fetch(`${url}/upload?name=file-${number}.txt`, { method: 'POST', body: `file ${number}\n` });
    if (answer.status !== 201) throw new Error(`the upload was answered with ${answer.status}`);
  }
  return url;
}

async function startNode(cleanup: Cleanup, path: string): Promise<string> {
  const server = fileURLToPath(new URL('plain-json-server.mjs', import.meta.url));
  const child = startProcess(cleanup, process.execPath, [server, path]);
  const [url] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  return url;
}

export async function requestsPerSecond(url: string, options: readonly string[]): Promise<number> {
  const child = spawn('wrk', ['-t1', '-c64', '-d2', ...options, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  const figure = /Requests\/sec:\s+([\d.]+)/.exec(text)?.[1];
  if (code !== 0 || figure === undefined) throw new Error(`wrk ended with ${code}: ${text}`);
  if (/Non-2xx/.test(text)) throw new Error(`not every answer was good: ${text}`);
  return Number(figure);
}

await runDirectly(import.meta.url, run);
