/** Views for tests of the pages. */

import type {
  DirectoryView,
  FileDetailView,
  FilesView,
  FileView,
  PeersView,
  TransfersView,
} from '../../protocols/api/types.ts';
import type { SwarmMap } from '../views/swarm-map.ts';

/** A name that is markup, the end of an attribute and an escape sequence at once. */
export const hostile = `"><script>alert('x')</script>\u001b[2J`;

export const file: FileView = {
  id: 'c'.repeat(40),
  name: hostile,
  length: 1572864,
  sha256: 'a'.repeat(64),
  piece_length: 262144,
  pieces: 6,
  available_pieces: 5,
  replicas: 0,
  seeds: 1,
  state: 'partial',
  created: '2026-11-20T10:00:00.000Z',
};
export const detail: FileDetailView = {
  ...file,
  piece_map: [2, 2, 0, 1, 2, 12],
  peers: [{ id: 'p1', kind: 'fifo', pieces: 6, seed: true }],
  parts: { p1: '0-5' },
  links: {
    info: '/file?id=c',
    download: '/download/c',
    torrent: '/file/c.torrent',
    magnet: 'magnet:?xt=urn:btih:c',
    torrent_v2: '/torrent?file=c&version=2',
  },
  files: [{ path: `sub/${hostile}`, length: 1024, download: '/download/c/n/sub/x' }],
  same_name: ['d'.repeat(40)],
};
export const swarm: SwarmMap = {
  pieces: 6,
  cells: [2, 2, 0, 1, 2, 12].map((copies, index) => ({ first: index, last: index, copies })),
  rows: [
    {
      id: 'p1',
      kind: 'fifo',
      state: 'online',
      pieces: 5,
      seed: false,
      shares: [1, 1, 1, 1, 0, 1],
      unreadable: 0,
      unreadableShares: [],
      ranges: [
        { first: 0, last: 3 },
        { first: 5, last: 5 },
      ],
      unnamed: 0,
    },
    {
      id: hostile,
      kind: 'fifo',
      state: 'offline',
      pieces: 42,
      seed: false,
      shares: [1, 0, 0, 0, 0.25, 0],
      unreadable: 0,
      unreadableShares: [],
      ranges: [{ first: 0, last: 1 }],
      unnamed: 40,
    },
  ],
  moreRows: 3,
};
export const files: FilesView = { count: 2, files: [file], next: 'a&b' };
export const peers: PeersView = {
  count: 2,
  peers: [
    {
      id: 'p1',
      kind: 'fifo',
      state: 'online',
      ipc_path: hostile,
      files: 1,
      pieces: 6,
      bytes: 1572864,
      last_seen: file.created,
      verified: null,
      corrupt_pieces: 7,
    },
    {
      id: 'temp',
      kind: 'temp',
      state: 'offline',
      ipc_path: null,
      files: 0,
      pieces: 0,
      bytes: 0,
      last_seen: null,
      verified: null,
      corrupt_pieces: 0,
    },
  ],
};
export const directory: DirectoryView = {
  count: 3,
  file_count: 2000,
  users: [
    { name: 'ada', address: '127.0.0.1', port: 9000, files: [`/home/${hostile}`, '/b'] },
    { name: 'bob', address: '::1', port: 9001, files: [] },
  ],
};
export const transfers: TransfersView = {
  count: 2,
  transfers: [
    {
      id: '7',
      kind: 'download',
      file: file.id,
      name: hostile,
      peer: '127.0.0.1',
      bytes: 1572863,
      length: 1572864,
      bytes_per_second: 2048,
      started: file.created,
    },
    {
      id: '12',
      kind: 'upload',
      file: null,
      name: 'b',
      peer: '2001:db8::7',
      bytes: 10240,
      length: null,
      bytes_per_second: 0,
      started: file.created,
    },
  ],
};
