/**
 * Messages to lines. The payload is not written here: whoever writes the line sends the `size` bytes after it.
 *
 *     encodeRequest({ verb: 'GET_PART', file, part: 7, seq: '12' })   'GET_PART file=3f78…c1 part=7 seq=12\n'
 *     encodeReply({ verb: 'OK', seq: '12', size: 262144 })            'OK seq=12 size=262144\n'
 */
import { encodeVerbLine } from '../../bytes/verb-line.ts';
import type { IpcError } from './errors.ts';
import { type IpcErr, type IpcReply, type IpcRequest, ipcLimits } from './types.ts';

export function encodeRequest({ verb, ...values }: IpcRequest): string {
  return `${encodeVerbLine(verb, values)}\n`;
}

export function encodeReply({ verb, ...values }: IpcReply): string {
  return `${encodeVerbLine(verb, values)}\n`;
}

/** The reply that tells the server of `error`; `seq` is the request's, unless the error knows it already. */
export function errReply(error: IpcError, seq = error.seq): IpcErr {
  return { verb: 'ERR', seq, code: error.answer, message: error.message.slice(0, ipcLimits.messageCharsMax) };
}
