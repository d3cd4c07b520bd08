/**
 * The views as tables for a terminal (`Accept: text/plain`). Names that users chose come last in a line, so that long
 * names and wide characters cannot upset the columns.
 *
 *     ID                                        SIZE  STATE      PIECES  COPIES  SEEDS  ADDED             NAME
 *     c9e1d0...                              1.5 MiB  available     6/6       2      2  2026-11-20 10:00  plan.txt
 */

import { formatEndpoint } from '../../bytes/endpoint.ts';
import { formatPercent, formatSize, formatTime } from '../../bytes/format.ts';
import { printable } from '../../bytes/printable.ts';
import type { DirectoryView, FileHeadView, FilesView, PeersView, TransfersView } from '../../protocols/api/types.ts';
import type { HolderRow, SwarmMap } from '../views/swarm-map.ts';

type Alignment = 'left' | 'right';

/** The list of files. */
export function renderFilesText({ count, files, next }: FilesView): string {
  const rows = files.map((file) => [
    file.id,
    formatSize(file.length),
    file.state,
    `${file.available_pieces}/${file.pieces}`,
    `${file.replicas}`,
    `${file.seeds}`,
    formatTime(file.created),
    file.name,
  ]);
  const head = ['ID', 'SIZE', 'STATE', 'PIECES', 'COPIES', 'SEEDS', 'ADDED', 'NAME'];
  const table = alignColumns([head, ...rows], ['left', 'right', 'left', 'right', 'right', 'right', 'left', 'left']);
  return next === undefined
    ? table
    : `${table}${files.length} of ${count}; the next ones: /files?cursor=${printable(next)}\n`;
}

/** The list of peers. */
export function renderPeersText({ peers }: PeersView): string {
  const rows = peers.map((peer) => [
    peer.id,
    peer.kind,
    peer.state,
    `${peer.files}`,
    `${peer.pieces}`,
    formatSize(peer.bytes),
    `${peer.corrupt_pieces}`,
    peer.last_seen === null ? 'never' : formatTime(peer.last_seen),
    peer.verified === null ? 'not yet' : formatTime(peer.verified),
    peer.ipc_path ?? '-',
  ]);
  const head = ['ID', 'KIND', 'STATE', 'FILES', 'PIECES', 'STORED', 'CORRUPT', 'LAST SEEN', 'VERIFIED', 'IPC PATH'];
  const alignments = ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'left', 'left', 'left'] as const;
  return alignColumns([head, ...rows], alignments);
}

/** The list of transfers; `-` stands for the id of a file that is not listed yet, and for an unknown size. */
export function renderTransfersText({ transfers }: TransfersView): string {
  const rows = transfers.map(({ kind, bytes, length, bytes_per_second, peer, file, name }) => [
    kind,
    length ? formatPercent(bytes / length) : formatSize(bytes),
    length === null ? '-' : formatSize(length),
    `${formatSize(bytes_per_second)}/s`,
    peer,
    file ?? '-',
    name,
  ]);
  const head = ['KIND', 'DONE', 'SIZE', 'SPEED', 'PEER', 'FILE', 'NAME'];
  return alignColumns([head, ...rows], ['left', 'right', 'right', 'right', 'left', 'left', 'left']);
}

/** The directory, a line for each file; `-` stands for the files of a user who shares none. */
export function renderDirectoryText({ count, users, next }: DirectoryView): string {
  const rows = users.flatMap(({ name, address, port, files }) =>
    (files.length === 0 ? ['-'] : files).map((path) => [name, formatEndpoint({ address, port }), path]),
  );
  const table = alignColumns([['USER', 'ADDRESS', 'PATH'], ...rows], ['left', 'left', 'left']);
  if (next === undefined) return table;
  return `${table}${users.length} of ${count} users; the next ones: /directory?cursor=${printable(next)}\n`;
}

/** The facts of one file, and its swarm map, with a line for each holder and a character for each cell. */
export function renderFileText(file: FileHeadView, map: SwarmMap): string {
  const facts = [
    ['id', file.id],
    ['name', file.name],
    ['length', `${file.length} (${formatSize(file.length)})`],
    ['sha256', file.sha256 ?? 'not known yet'],
    ['state', file.state],
    ['pieces', `${file.available_pieces}/${file.pieces} of ${formatSize(file.piece_length)}`],
    ['copies', `${file.replicas}`],
    ['seeds', `${file.seeds}`],
    ['created', file.created],
    ['download', file.links.download],
    ['magnet', file.links.magnet],
    ...(file.links.magnet_v2 === undefined ? [] : [['magnet v2', file.links.magnet_v2]]),
    ...(file.files ?? []).map(({ path, length }) => ['file', `${path} (${formatSize(length)})`]),
    ...(file.same_name ?? []).map((id) => ['same name', id]),
  ];
  return `${alignColumns(facts, ['left', 'left'])}\n${renderMapText(map)}`;
}

function renderMapText({ cells, rows, pieces, moreRows }: SwarmMap): string {
  if (cells.length === 0) return 'An empty file has no pieces.\n';
  const holders = rows.map((row) => [row.id, row.kind, row.state, `${row.pieces}/${pieces}`, drawShares(row)]);
  const copies = cells.map((cell) => copiesDigit(cell.copies)).join('');
  const lines = [['HOLDER', 'KIND', 'STATE', 'PIECES', 'MAP'], ...holders, ['copies', '', '', '', copies]];
  const table = alignColumns(lines, ['left', 'left', 'left', 'right', 'left']);
  return moreRows === 0 ? table : `${table}and ${moreRows} more\n`;
}

/** The row of one holder: `!` where a piece could not be read, `#` for all of a cell's pieces, `+` for some, `.` for none. */
function drawShares({ shares, unreadableShares }: HolderRow): string {
  const drawn = (share: number, unreadable = 0) => (unreadable > 0 ? '!' : share === 1 ? '#' : share > 0 ? '+' : '.');
  return shares.map((share, cell) => drawn(share, unreadableShares[cell])).join('');
}

/** The digit for the copies of a cell's rarest piece: `.` for none, `+` for more than nine. */
function copiesDigit(copies: number): string {
  return copies === 0 ? '.' : copies > 9 ? '+' : `${copies}`;
}

function alignColumns(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): string {
  const shown = rows.map((row) => row.map(printable));
  const widths = alignments.map((_, column) =>
    shown.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  const lines = shown.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return alignments[column] === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return `${cells.join('  ').trimEnd()}\n`;
  });
  return lines.join('');
}
