/**
 * The extensions that we speak (BEP 10): `ut_metadata` (BEP 9), which gives the info dictionary to who came by a magnet
 * link.
 */
import {
  type ExtendedHandshake,
  encodeExtendedHandshake,
  encodeMetadataMessage,
  extendedHandshakeId,
  metadataRange,
  parseExtendedHandshake,
  parseMetadataMessage,
} from '../../protocols/wire/extension.ts';
import type { OutgoingMessage } from '../../protocols/wire/types.ts';
import { requestsMax } from './uploads.ts';

export interface ExtensionsOptions {
  /** The info dictionary. */
  readonly info: Buffer;
  /** The port of our wire door. */
  readonly port: number;
  readonly send: (message: OutgoingMessage) => void;
}

/** The id under which messages of that extension reach us. */
const metadataId = 1;

export class Extensions {
  readonly #options: ExtensionsOptions;
  #peer: ExtendedHandshake | undefined;

  constructor(options: ExtensionsOptions) {
    this.#options = options;
  }

  /** What the peer said of itself, if it has. */
  get peer(): ExtendedHandshake | undefined {
    return this.#peer;
  }

  /** Says what we speak. */
  greet(): void {
    const { info, port } = this.#options;
    const payload = encodeExtendedHandshake({
      ids: new Map([['ut_metadata', metadataId]]),
      metadataSize: info.length,
      port,
      requestsMax,
      client: 'Rivulet',
    });
    this.#options.send({ kind: 'extended', id: extendedHandshakeId, payload });
  }

  /** Throws WireError. BEP 10: messages of extensions that we do not speak are passed over. */
  onMessage(id: number, payload: Buffer): void {
    if (id === extendedHandshakeId) this.#peer = merged(this.#peer, parseExtendedHandshake(payload));
    else if (id === metadataId) this.#onMetadata(payload);
  }

  #onMetadata(payload: Buffer): void {
    const message = parseMetadataMessage(payload);
    if (message.kind !== 'request') return; // we ask for none
    const id = this.#peer?.ids.get('ut_metadata') ?? 0;
    if (id === 0) return; // it does not say under which id it wants to be answered
    const { info } = this.#options;
    const { piece } = message;
    const range = metadataRange(info.length, piece);
    const answer =
      range === undefined
        ? encodeMetadataMessage({ kind: 'reject', piece })
        : encodeMetadataMessage({
            kind: 'data',
            piece,
            totalSize: info.length,
            bytes: info.subarray(range.start, range.end),
          });
    this.#options.send({ kind: 'extended', id, payload: answer });
  }
}

/** A second handshake says only what has changed (BEP 10). */
function merged(before: ExtendedHandshake | undefined, now: ExtendedHandshake): ExtendedHandshake {
  if (before === undefined) return now;
  return {
    ids: new Map([...before.ids, ...now.ids]),
    metadataSize: now.metadataSize ?? before.metadataSize,
    port: now.port ?? before.port,
    requestsMax: now.requestsMax ?? before.requestsMax,
    client: now.client ?? before.client,
    uploadOnly: now.uploadOnly ?? before.uploadOnly,
  };
}
