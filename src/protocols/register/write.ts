/** Values to datagrams, for both sides. */
import { encodeVerbLine } from '../../bytes/verb-line.ts';
import type { RegisterReply, RegisterRequest } from './types.ts';

export function encodeRegister({ peerId, ipcPath }: RegisterRequest): Uint8Array {
  return Buffer.from(encodeVerbLine('REGISTER', { 'peer-id': peerId, 'ipc-path': ipcPath }), 'latin1');
}

export function encodeRegisterReply(reply: RegisterReply): Uint8Array {
  const line =
    reply.verb === 'OK'
      ? encodeVerbLine('OK', { 'peer-id': reply.peerId, files: reply.files, pieces: reply.pieces })
      : encodeVerbLine('ERR', { code: reply.code, message: reply.message });
  return Buffer.from(line, 'latin1');
}
