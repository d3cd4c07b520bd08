/** TEMPORARY until the branch arrives. */
import { readFile } from 'node:fs/promises';
import { callServer } from '../cli/server-call.ts';
import { parseMagnet } from '../protocols/metainfo/magnet.ts';
import { parseTorrent } from '../protocols/metainfo/read.ts';
export async function resolveWhat(text: string, { server }: { server: string }) {
  if (text.startsWith('magnet:')) return { kind: 'magnet', magnet: parseMagnet(text) } as const;
  if (/^[0-9a-f]{40}$/.test(text)) {
    const { body } = await callServer(server, { method: 'GET', path: `/torrent?file=${text}`, accept: '*/*' });
    return { kind: 'torrent', torrent: parseTorrent(body) } as const;
  }
  return { kind: 'torrent', torrent: parseTorrent(await readFile(text)) } as const;
}
