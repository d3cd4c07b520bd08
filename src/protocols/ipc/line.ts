/**
 * One line to one message: what a line must hold to be a request or a reply. The order of lines and payloads in the
 * stream is the business of `read.ts`.
 *
 *     parseRequest('GET_PART file=3f78…c1 part=7 seq=12')   { verb: 'GET_PART', file, part: 7, seq: '12' }
 *     parseReply('OK seq=12 size=262144')                   { verb: 'OK', seq: '12', size: 262144 }
 */
import { parsePeerId, parseTorrentId, peerIdRule } from '../../bytes/ids.ts';
import type { Observer } from '../../bytes/trace.ts';
import { parseDigits, parseVerbLine, type VerbLine, VerbLineError } from '../../bytes/verb-line.ts';
import { IpcError } from './errors.ts';
import { errCodes, type IpcReply, type IpcRequest, ipcLimits, type Seq } from './types.ts';

/**
 * Parses a request's line, without its LF, one character a byte. Throws IpcError, which names the line's `seq` where it
 * has one.
 */
export function parseRequest(line: string, observe?: Observer): IpcRequest {
  return parse(line, readRequest, observe);
}

/** Parses a reply's line, without its LF, one character a byte. Throws IpcError. */
export function parseReply(line: string, observe?: Observer): IpcReply {
  return parse(line, readReply, observe);
}

/**
 * The number of bytes that follow `line`; undefined without `size=`. Nothing else is looked at, so that the payload of
 * a line that is wrong otherwise can be skipped. Throws IpcError when the size cannot be known: then nobody can tell
 * where the next line begins, and the session has to end.
 */
export function payloadSize(line: string): number | undefined {
  const [claim, ...more] = line.matchAll(/(?<=^| )size=([^ ]*)/g);
  if (claim === undefined) return undefined;
  const size = more.length === 0 ? parseDigits(claim[1] ?? '') : undefined;
  if (size !== undefined && size <= ipcLimits.pieceBytesMax) return size;
  const message = `size= must come once, as a number from 0 to ${ipcLimits.pieceBytesMax}`;
  throw new IpcError('bad-request', message, { code: 'bad-size', seq: seqOf(line) });
}

function parse<Message>(line: string, read: (fields: VerbLine) => Message, observe?: Observer): Message {
  try {
    return read(parseVerbLine(line, observe));
  } catch (error) {
    if (!(error instanceof VerbLineError)) throw error;
    throw new IpcError('bad-request', error.message, { code: error.code, seq: seqOf(line), cause: error });
  }
}

function readRequest(fields: VerbLine): IpcRequest {
  const { verb } = fields;
  const seq = readSeq(fields);
  const size = readSize(fields);
  switch (verb) {
    case 'HELLO':
      return {
        verb,
        version: fields.number('version', Number.MAX_SAFE_INTEGER),
        epoch: readOptional(fields, 'epoch'),
        seq,
        size,
      };
    case 'STORE_PART': {
      const part = readPart(fields);
      const offset = fields.number('offset', Number.MAX_SAFE_INTEGER);
      const sha1 = readSha1(fields);
      if (size === undefined) throw new VerbLineError('missing-key', 'STORE_PART needs size=');
      return { verb, file: readFile(fields), part, seq, size, offset, sha1 };
    }
    case 'STORE_INFO':
      if (size === undefined) throw new VerbLineError('missing-key', 'STORE_INFO needs size=');
      return { verb, file: readFile(fields), seq, size };
    case 'GET_PART':
    case 'DROP_PART':
      return { verb, file: readFile(fields), part: readPart(fields), seq, size };
    case 'VERIFY_PART':
      return { verb, file: readFile(fields), part: readPart(fields), sha1: readSha1(fields), seq, size };
    case 'LIST_PARTS':
      return { verb, file: fields.has('file') ? readFile(fields) : undefined, seq, size };
    case 'SYNC':
    case 'DROP_FILE':
    case 'RESTORE_FILE':
    case 'GET_INFO':
      return { verb, file: readFile(fields), seq, size };
    case 'PING':
      return { verb, seq, size };
    default:
      throw new VerbLineError('unknown-verb', `unknown verb "${verb.slice(0, 40)}"`);
  }
}

function readReply(fields: VerbLine): IpcReply {
  const { verb } = fields;
  const seq = readSeq(fields);
  const size = readSize(fields);
  switch (verb) {
    case 'OK':
      return {
        verb,
        seq,
        size,
        peer: fields.has('peer') ? fields.value('peer', peerIdRule, parsePeerId) : undefined,
        version: readOptional(fields, 'version'),
        free: readOptional(fields, 'free'),
        order: fields.has('order') && fields.text('order') === 'any' ? 'any' : undefined,
        epoch: readOptional(fields, 'epoch'),
        aside: readOptional(fields, 'aside'),
      };
    case 'ERR': {
      const code = fields.value('code', errCodes.join(', '), (text) => errCodes.find((known) => known === text));
      const message = fields.has('message') ? fields.text('message').slice(0, ipcLimits.messageCharsMax) : '';
      return { verb, seq, size, code, message };
    }
    default:
      throw new VerbLineError('unknown-verb', `expected OK or ERR, not "${verb.slice(0, 40)}"`);
  }
}

function readOptional(fields: VerbLine, key: 'version' | 'free' | 'epoch' | 'aside'): number | undefined {
  return fields.has(key) ? fields.number(key, Number.MAX_SAFE_INTEGER) : undefined;
}

function readFile(fields: VerbLine) {
  return fields.value('file', '40 hex digits', parseTorrentId);
}

function readPart(fields: VerbLine): number {
  return fields.number('part', ipcLimits.partMax);
}

function readSha1(fields: VerbLine): string {
  return fields.value('sha1', '40 hex digits', parseSha1);
}

function readSize(fields: VerbLine): number | undefined {
  return fields.has('size') ? fields.number('size', ipcLimits.pieceBytesMax) : undefined;
}

function readSeq(fields: VerbLine): Seq {
  return fields.has('seq') ? fields.value('seq', '1 to 20 digits', parseSeq) : undefined;
}

/** The `seq` of a line that is wrong elsewhere, so that the ERR can name it. */
function seqOf(line: string): Seq {
  return /(?<=^| )seq=(\d{1,20})(?= |$)/.exec(line)?.[1];
}

function parseSeq(text: string): string | undefined {
  return /^\d{1,20}$/.test(text) ? text : undefined;
}

function parseSha1(text: string): string | undefined {
  return /^[0-9a-f]{40}$/i.test(text) ? text.toLowerCase() : undefined;
}
