/**
 * HTTP announces over 32 connections that are kept open, 50 peers wanted, in a hundred swarms of a thousand peers: our
 * tracker beside npm's bittorrent-tracker, driven by wrk with one thread.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup, compare, type Row, runDirectly, startRivulet, temporaryFolder } from './lib.ts';
import { peersPerSwarm, startBittorrentTracker, swarms } from './trackers.ts';

const rounds = 5;

/** All requests are made before the first is sent: wrk has better things to do meanwhile. */
const script = `
local requests = {}
init = function()
  local rest = string.rep("%ab", 18)
  for i = 1, 20000 do
    local which = (i * 7919) % ${swarms * peersPerSwarm}
    local swarm, peer = which % ${swarms}, math.floor(which / ${swarms})
    requests[i] = wrk.format("GET", string.format(
      "/announce?info_hash=%%00%%%02x%s&peer_id=-XX0001-benchbenchbe&port=%d&uploaded=0&downloaded=0&left=%d&compact=1&numwant=50",
      swarm, rest, 10000 + peer, peer % 2))
  end
end
local i = 0
request = function()
  i = i % 20000 + 1
  return requests[i]
end
`;

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const file = join(temporaryFolder(cleanup), 'announce.lua');
    writeFileSync(file, script);
    const ours = await startRivulet(cleanup, { peers: 0 });
    const theirs = await startBittorrentTracker(cleanup);
    if (theirs === null) {
      console.log('announce-http: no bittorrent-tracker here');
      return [];
    }
    const description = { name: 'HTTP announces beside bittorrent-tracker', unit: '/s', target: '>= 4' };
    const perSecond = (url: string) => () => announcesPerSecond(url, file);
    const row = await compare(
      description,
      rounds,
      perSecond(ours.url),
      perSecond(`http://127.0.0.1:${theirs.httpPort}`),
    );
    return [row];
  } finally {
    await cleanup.run();
  }
}

async function announcesPerSecond(url: string, file: string): Promise<number> {
  const child = spawn('wrk', ['-t1', '-c32', '-d2', '-s', file, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  const figure = /Requests\/sec:\s+([\d.]+)/.exec(text)?.[1];
  if (code !== 0 || figure === undefined) throw new Error(`wrk ended with ${code}: ${text}`);
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`not every answer was good: ${text}`);
  return Number(figure);
}

await runDirectly(import.meta.url, run);
