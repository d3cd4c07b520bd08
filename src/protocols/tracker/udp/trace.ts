/**
 * The datagrams of the UDP tracker (BEP 15), reported to an observer field by field, by the layouts of `types.ts` and
 * with what `read.ts` and `read-response.ts` make of them.
 *
 *     > 000000  connection_id   9f1c5b8a02d4e617
 *     > 000008  action          1=announce
 *     > 000012  transaction_id  1804289383
 */
import type { FieldValue, Observer } from '../../../bytes/trace.ts';
import { compactBytes, hashBytes } from '../types.ts';
import { kindOf, readAnnounce, type UdpRequestKind } from './read.ts';
import { at, responseAt, udpAction, udpBytes, udpResponseBytes, urlDataOption } from './types.ts';

/** Reports one field of a datagram, from `start` to `end`. */
type Tell = (name: string, start: number, end: number, value?: FieldValue) => void;

/** Reports a request. Of `key`, which proves who a client is, and of the tracker's path only the length is told. */
export function observeRequest(datagram: Buffer, observe: Observer): void {
  const kind = kindIfAny(datagram);
  if (kind === undefined) {
    observe('datagram', datagram);
    return;
  }
  const tell = telling(datagram, observe);
  const { connectionId, action, transaction } = at;
  tell(kind === 'connect' ? 'protocol_id' : 'connection_id', connectionId, action, datagram.toString('hex', 0, action));
  tell('action', action, transaction, actionName(datagram.readUInt32BE(action)));
  tell('transaction_id', transaction, at.infoHash, datagram.readUInt32BE(transaction));
  if (kind === 'announce') tellAnnounce(datagram, tell, observe);
  else if (kind === 'scrape') tellHashes(datagram, tell);
  else observe('rest', datagram.length - udpBytes.connect);
}

/** Reports an answer; `family` is that of the addresses in it. */
export function observeResponse(datagram: Buffer, family: keyof typeof compactBytes, observe: Observer): void {
  if (datagram.length < udpResponseBytes.errorHead) {
    observe('datagram', datagram);
    return;
  }
  const tell = telling(datagram, observe);
  const action = datagram.readUInt32BE(responseAt.action);
  tell('action', responseAt.action, responseAt.transaction, actionName(action));
  tell(
    'transaction_id',
    responseAt.transaction,
    responseAt.connectionId,
    datagram.readUInt32BE(responseAt.transaction),
  );
  const { length } = datagram;
  if (action === udpAction.connect && length >= udpResponseBytes.connect) {
    const { connect } = udpResponseBytes;
    tell('connection_id', responseAt.connectionId, connect, datagram.toString('hex', responseAt.connectionId, connect));
    observe('rest', length - connect);
  } else if (action === udpAction.announce && length >= udpResponseBytes.announceHead) {
    tellNumbers(datagram, responseAt.interval, ['interval', 'leechers', 'seeders'], tell);
    tellRest(datagram, responseAt.peers, compactBytes[family], 'ip:port', tell);
  } else if (action === udpAction.scrape) {
    tellCounts(datagram, tell);
  } else {
    tell('message', responseAt.text, length);
  }
}

function tellAnnounce(datagram: Buffer, tell: Tell, observe: Observer): void {
  const { infoHash, peerId, event, wanted, port } = readAnnounce(datagram);
  const long = (offset: number): bigint => datagram.readBigUInt64BE(offset);
  tell('info_hash', at.infoHash, at.peerId, infoHash);
  tell('peer_id', at.peerId, at.downloaded, peerId);
  tell('downloaded', at.downloaded, at.left, long(at.downloaded));
  tell('left', at.left, at.uploaded, long(at.left));
  tell('uploaded', at.uploaded, at.event, long(at.uploaded));
  tell('event', at.event, at.ip, `${datagram.readUInt32BE(at.event)}=${event}`);
  tell('IP address', at.ip, at.key, `${datagram.readUInt32BE(at.ip)}=ignored`);
  observe('key', at.wanted - at.key);
  const asked = datagram.readInt32BE(at.wanted);
  tell('num_want', at.wanted, at.port, asked === wanted ? asked : `${asked}=${wanted}`);
  tell('port', at.port, udpBytes.announce, port);
  tellOptions(datagram, tell, observe);
}

/** BEP 41: the path and query of a tracker's URL may be a passkey. */
function tellOptions(datagram: Buffer, tell: Tell, observe: Observer): void {
  let start: number = udpBytes.announce;
  while (datagram[start] === urlDataOption && start + 2 + (datagram[start + 1] ?? 256) <= datagram.length) {
    const length = datagram.readUInt8(start + 1);
    tell('option', start, start + 1, `${urlDataOption}=URLData`);
    tell('length', start + 1, start + 2, length);
    observe('URLData', length);
    start += 2 + length;
  }
  observe('options', datagram.length - start);
}

function tellHashes(datagram: Buffer, tell: Tell): void {
  tellRest(datagram, udpBytes.scrapeHead, hashBytes, 'info_hash', tell);
}

function tellCounts(datagram: Buffer, tell: Tell): void {
  let start = 8;
  for (; start + 12 <= datagram.length; start += 12)
    tellNumbers(datagram, start, ['seeders', 'completed', 'leechers'], tell);
  tell('rest', start, datagram.length);
}

function tellNumbers(datagram: Buffer, start: number, names: readonly string[], tell: Tell): void {
  for (const [place, name] of names.entries()) {
    const offset = start + 4 * place;
    tell(name, offset, offset + 4, datagram.readUInt32BE(offset));
  }
}

/** Entries of `size` bytes up to the end, in hex. */
function tellRest(datagram: Buffer, from: number, size: number, name: string, tell: Tell): void {
  for (let start = from; start < datagram.length; start += size) {
    const end = Math.min(start + size, datagram.length);
    tell(name, start, end, datagram.toString('hex', start, end));
  }
}

function telling(datagram: Buffer, observe: Observer): Tell {
  return (name, start, end, value) => observe(name, datagram.subarray(start, end), value);
}

function actionName(action: number): string {
  const [name = 'unknown'] = Object.entries(udpAction).find(([, known]) => known === action) ?? [];
  return `${action}=${name}`;
}

/** Undefined for what the tracker drops. */
function kindIfAny(datagram: Buffer): UdpRequestKind | undefined {
  try {
    return kindOf(datagram);
  } catch {
    return undefined; // whoever has to answer it hears of that from `kindOf` himself
  }
}
