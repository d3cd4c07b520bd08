/** Lines and what they mean: one table for the tests of reader and writer. Every key is in the order of the writer. */
import { parsePeerId, parseTorrentId } from '../../bytes/ids.ts';
import type { IpcReply, IpcRequest } from './types.ts';

const hex = '3f786850e387550fdab836ed7e6dc881de23001b';
const file = parseTorrentId(hex) as NonNullable<ReturnType<typeof parseTorrentId>>;
const peer = parsePeerId('p1') as NonNullable<ReturnType<typeof parsePeerId>>;

export interface Sample<Message> {
  readonly line: string;
  readonly payload?: string;
  readonly message: Message;
}

export const requestSamples: readonly Sample<IpcRequest>[] = [
  { line: 'HELLO version=1 seq=1', message: { verb: 'HELLO', version: 1, seq: '1' } },
  { line: 'HELLO version=1 epoch=12 seq=1', message: { verb: 'HELLO', version: 1, epoch: 12, seq: '1' } },
  {
    line: `STORE_PART file=${hex} part=7 seq=2 size=5 offset=1835008 sha1=${hex}`,
    payload: 'five\n',
    message: { verb: 'STORE_PART', file, part: 7, seq: '2', size: 5, offset: 1835008, sha1: hex },
  },
  {
    line: `GET_PART file=${hex} part=4294967295 seq=3`,
    message: { verb: 'GET_PART', file, part: 0xffff_ffff, seq: '3' },
  },
  { line: 'LIST_PARTS seq=4', message: { verb: 'LIST_PARTS', seq: '4' } },
  { line: `LIST_PARTS file=${hex} seq=5`, message: { verb: 'LIST_PARTS', file, seq: '5' } },
  { line: `SYNC file=${hex} seq=6`, message: { verb: 'SYNC', file, seq: '6' } },
  { line: `DROP_FILE file=${hex} seq=7`, message: { verb: 'DROP_FILE', file, seq: '7' } },
  { line: `RESTORE_FILE file=${hex} seq=7`, message: { verb: 'RESTORE_FILE', file, seq: '7' } },
  {
    line: `STORE_INFO file=${hex} seq=7 size=2`,
    payload: 'de',
    message: { verb: 'STORE_INFO', file, seq: '7', size: 2 },
  },
  { line: `GET_INFO file=${hex} seq=7`, message: { verb: 'GET_INFO', file, seq: '7' } },
  { line: `DROP_PART file=${hex} part=0 seq=8`, message: { verb: 'DROP_PART', file, part: 0, seq: '8' } },
  {
    line: `VERIFY_PART file=${hex} part=7 sha1=${hex} seq=9`,
    message: { verb: 'VERIFY_PART', file, part: 7, sha1: hex, seq: '9' },
  },
  { line: 'PING seq=18446744073709551615', message: { verb: 'PING', seq: '18446744073709551615' } },
  { line: 'PING', message: { verb: 'PING', seq: undefined } },
  { line: 'PING seq=007 size=3', payload: '\n\n\n', message: { verb: 'PING', seq: '007', size: 3 } },
];

export const replySamples: readonly Sample<IpcReply>[] = [
  { line: 'OK seq=1', message: { verb: 'OK', seq: '1' } },
  { line: 'OK', message: { verb: 'OK', seq: undefined } },
  { line: 'OK seq=2 size=4', payload: 'OK\n\0', message: { verb: 'OK', seq: '2', size: 4 } },
  { line: 'OK seq=3 size=0', payload: '', message: { verb: 'OK', seq: '3', size: 0 } },
  { line: 'OK seq=4 peer=p1 version=1 free=0', message: { verb: 'OK', seq: '4', peer, version: 1, free: 0 } },
  { line: 'OK seq=6 order=any', message: { verb: 'OK', seq: '6', order: 'any' } },
  { line: 'OK seq=7 epoch=12 aside=3', message: { verb: 'OK', seq: '7', epoch: 12, aside: 3 } },
  { line: 'ERR seq=8 code=stale message=old', message: { verb: 'ERR', seq: '8', code: 'stale', message: 'old' } },
  {
    line: 'ERR seq=5 code=not-found message=no%20piece%207',
    message: { verb: 'ERR', seq: '5', code: 'not-found', message: 'no piece 7' },
  },
];

/** `message` without the keys whose value is undefined: the parsers name them all, the samples do not. */
export function compact(message: object): object {
  return Object.fromEntries(Object.entries(message).filter(([key, value]) => value !== undefined || key === 'seq'));
}
