/**
 * The fields of handshakes and messages, reported to an observer by the reader (`read.ts`).
 *
 *     > 000068  length          13
 *     > 000072  id              6=request
 *     > 000073  index           7
 *     > 000077  begin           16384
 *     > 000081  length          16384
 */
import type { FieldValue, Observer } from '../../bytes/trace.ts';
import { observeBencode } from '../bencode/trace.ts';
import { type Capabilities, messageIds, type WireMessage } from './types.ts';

const kindOf: ReadonlyMap<number, string> = new Map(Object.entries(messageIds).map(([kind, id]) => [id, kind]));

/** Reports the first 20 bytes of a handshake. */
export function observeName(start: Buffer, observe: Observer): void {
  observe('pstrlen', start.subarray(0, 1), start.readUInt8(0));
  observe('pstr', start.subarray(1), start.subarray(1));
}

/** Reports the reserved bytes, with the extensions that they announce. */
export function observeReserved(reserved: Buffer, { extended, fast, v2 }: Capabilities, observe: Observer): void {
  const said = [extended ? 'BEP-10' : '', fast ? 'BEP-6' : '', v2 ? 'BEP-52' : ''].filter((name) => name !== '');
  observe('reserved', reserved, `${reserved.toString('hex')}=${said.join('+')}`);
}

/** Reports the id of a message. */
export function observeId(id: number, observe: Observer): void {
  observe('id', Buffer.of(id), `${id}=${kindOf.get(id) ?? 'unknown'}`);
}

/** Reports the payload that `message` was parsed from; of a block the size alone. */
export function observeMessage(message: WireMessage, payload: Buffer, observe: Observer): void {
  let at = 0;
  const next = (field: string, bytes: number, value: FieldValue): void => {
    observe(field, payload.subarray(at, at + bytes), value);
    at += bytes;
  };
  switch (message.kind) {
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      next('index', 4, message.index);
      break;
    case 'request':
    case 'cancel':
    case 'reject':
      next('index', 4, message.index);
      next('begin', 4, message.begin);
      next('length', 4, message.length);
      break;
    case 'piece':
      next('index', 4, message.index);
      next('begin', 4, message.begin);
      observe('block', message.bytes.length);
      break;
    case 'bitfield':
      next('bitfield', message.bits.length, message.bits);
      break;
    case 'port':
      next('listen-port', 2, message.port);
      break;
    case 'extended':
      next('extended id', 1, message.id);
      observeBencode(message.payload, observe); // a dictionary, of every extension that there is
      break;
    case 'hash-request':
    case 'hashes':
    case 'hash-reject':
      next('pieces root', 32, message.piecesRoot);
      next('base layer', 4, message.baseLayer);
      next('index', 4, message.index);
      next('length', 4, message.length);
      next('proof layers', 4, message.proofLayers);
      if (message.kind === 'hashes') observe('hashes', message.hashes.length);
  }
}
