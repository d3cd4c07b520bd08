/**
 * Datagrams to values, for both sides.
 *
 *     parseRegister(bytes of 'REGISTER peer-id=p1 ipc-path=peers/p1')   { peerId: 'p1', ipcPath: 'peers/p1' }
 */
import { parsePeerId, peerIdRule } from '../../bytes/ids.ts';
import type { Observer } from '../../bytes/trace.ts';
import { parseVerbLine, type VerbLine, VerbLineError } from '../../bytes/verb-line.ts';
import { RegisterError } from './errors.ts';
import { type RegisterReply, type RegisterRequest, registerErrorCodes, registerLimits } from './types.ts';

/**
 * Whether a datagram is meant as a registration. The BitTorrent UDP tracker shares the port; none of its requests
 * begins like this, since the number of its action begins with zeros where the space is (BEP 15).
 */
export function isRegister(datagram: Uint8Array): boolean {
  for (let at = 0; at < opening.length; at += 1) if (datagram[at] !== opening[at]) return false;
  return true;
}

const opening = Buffer.from('REGISTER ');

/** Parses the request of a peer. A line break at the end is allowed, for `nc -u`. Throws RegisterError. */
export function parseRegister(datagram: Uint8Array, observe?: Observer): RegisterRequest {
  if (!isRegister(datagram)) throw new RegisterError('drop', 'a datagram that is no registration');
  return parse({ datagram, bytesMax: registerLimits.requestBytesMax, observe }, readRequest);
}

/** Parses the reply of the server. Throws RegisterError. */
export function parseRegisterReply(datagram: Uint8Array, observe?: Observer): RegisterReply {
  return parse({ datagram, bytesMax: registerLimits.replyBytesMax, observe }, readReply);
}

interface Input {
  readonly datagram: Uint8Array;
  readonly bytesMax: number;
  readonly observe: Observer | undefined;
}

function parse<Message>({ datagram, bytesMax, observe }: Input, read: (fields: VerbLine) => Message): Message {
  if (datagram.length > bytesMax) {
    observe?.('datagram', datagram.length);
    throw new RegisterError('bad-request', `${datagram.length} bytes, the most is ${bytesMax}`);
  }
  try {
    return read(parseLine(text(datagram), observe));
  } catch (error) {
    if (!(error instanceof VerbLineError)) throw error;
    throw new RegisterError('bad-request', error.message, { cause: error });
  }
}

function parseLine(text: string, observe: Observer | undefined): VerbLine {
  const line = text.replace(/\r?\n$/, '');
  try {
    return parseVerbLine(line, observe);
  } finally {
    observe?.('line end', text.slice(line.length));
  }
}

function readRequest(fields: VerbLine): RegisterRequest {
  const ipcPath = fields.text('ipc-path');
  // An empty path would be the server's own folder, and no path holds a NUL.
  if (ipcPath === '' || ipcPath.includes('\0')) throw new RegisterError('bad-request', 'ipc-path= must be a path');
  return { peerId: fields.value('peer-id', peerIdRule, parsePeerId), ipcPath };
}

function readReply(fields: VerbLine): RegisterReply {
  const { verb } = fields;
  const count = (key: string) => (fields.has(key) ? fields.number(key, Number.MAX_SAFE_INTEGER) : undefined);
  switch (verb) {
    case 'OK': {
      const peerId = fields.value('peer-id', peerIdRule, parsePeerId);
      return { verb, peerId, files: count('files'), pieces: count('pieces') };
    }
    case 'ERR': {
      const code = fields.value('code', registerErrorCodes.join(', '), (name) =>
        registerErrorCodes.find((known) => known === name),
      );
      return { verb, code, message: fields.has('message') ? fields.text('message') : '' };
    }
    default:
      throw new RegisterError('drop', `expected OK or ERR, not "${verb.slice(0, 40)}"`);
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
