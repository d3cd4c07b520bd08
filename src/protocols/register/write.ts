/**
 * Values to datagrams, for both sides. A reply is never longer than the request it answers: a datagram's source can be
 * forged, and nobody shall gain by having us answer to someone else.
 */
import { encodeVerbLine } from '../../bytes/verb-line.ts';
import type { RegisterReply, RegisterRequest } from './types.ts';

export function encodeRegister({ peerId, ipcPath }: RegisterRequest): Uint8Array {
  return Buffer.from(encodeVerbLine('REGISTER', { 'peer-id': peerId, 'ipc-path': ipcPath }), 'latin1');
}

/**
 * The reply in at most `bytesMax` bytes, the length of the request: counts and message are left out where they do not
 * fit. Undefined when even that is too long (the request named no path then): there is no answer.
 */
export function encodeRegisterReply(reply: RegisterReply, bytesMax: number): Uint8Array | undefined {
  const line = [fullReply(reply), shortReply(reply)].find((candidate) => candidate.length <= bytesMax);
  return line === undefined ? undefined : Buffer.from(line, 'latin1');
}

function fullReply(reply: RegisterReply): string {
  return reply.verb === 'OK'
    ? encodeVerbLine('OK', { 'peer-id': reply.peerId, files: reply.files, pieces: reply.pieces })
    : encodeVerbLine('ERR', { code: reply.code, message: reply.message });
}

function shortReply(reply: RegisterReply): string {
  return reply.verb === 'OK'
    ? encodeVerbLine('OK', { 'peer-id': reply.peerId })
    : encodeVerbLine('ERR', { code: reply.code });
}
