/**
 * The extensions that we speak (BEP 10): `ut_metadata` (BEP 9), which gives the info dictionary to peers that came by a
 * magnet link, and gets it from peers where we did.
 */
import {
  type ExtendedHandshake,
  encodeExtendedHandshake,
  encodeMetadataMessage,
  extendedHandshakeId,
  type MetadataMessage,
  metadataRange,
  parseExtendedHandshake,
  parseMetadataMessage,
} from '../../protocols/wire/extension.ts';
import type { OutgoingMessage } from '../../protocols/wire/types.ts';
import { requestsMax } from './uploads.ts';

export interface ExtensionsOptions {
  /** The info dictionary; undefined while we have to get it from peers. */
  readonly info: Buffer | undefined;
  /** The port on which we listen; undefined where we cannot be dialled. */
  readonly port: number | undefined;
  readonly send: (message: OutgoingMessage) => void;
  /** The peer has sent a handshake of extensions. */
  readonly onHandshake?: (peer: ExtendedHandshake) => void;
  /** The peer has responded to `requestMetadata`. */
  readonly onMetadata?: (response: MetadataResponse) => void;
}

export type MetadataResponse = Extract<MetadataMessage, { kind: 'data' | 'reject' }>;

/** The id under which messages about metadata reach us. */
const ownMetadataId = 1;

export class Extensions {
  readonly #options: ExtensionsOptions;
  #peer: ExtendedHandshake | undefined;

  constructor(options: ExtensionsOptions) {
    this.#options = options;
  }

  /** The handshake of extensions that the peer has sent, all of them together; undefined before the first. */
  get peer(): ExtendedHandshake | undefined {
    return this.#peer;
  }

  /** The id under which the peer wants to get messages about metadata; 0 when it names none (BEP 10). */
  get metadataId(): number {
    return this.#peer?.ids.get('ut_metadata') ?? 0;
  }

  /** Sends our handshake of extensions. */
  greet(): void {
    const { info, port } = this.#options;
    const payload = encodeExtendedHandshake({
      ids: new Map([['ut_metadata', ownMetadataId]]),
      metadataSize: info?.length,
      port,
      requestsMax,
      client: 'Rivulet',
    });
    this.#options.send({ kind: 'extended', id: extendedHandshakeId, payload });
  }

  /** Asks for a piece of the info dictionary. The peer must have given a `metadataId`. */
  requestMetadata(piece: number): void {
    this.#sendMetadata(encodeMetadataMessage({ kind: 'request', piece }));
  }

  /** Takes an extended message. Throws WireError. Messages of extensions that we do not speak are skipped (BEP 10). */
  onMessage(id: number, payload: Buffer): void {
    if (id === extendedHandshakeId) {
      this.#peer = merged(this.#peer, parseExtendedHandshake(payload));
      this.#options.onHandshake?.(this.#peer);
    } else if (id === ownMetadataId) {
      this.#onMetadata(parseMetadataMessage(payload));
    }
  }

  #onMetadata(message: MetadataMessage): void {
    if (message.kind === 'request') this.#onRequest(message.piece);
    else if (message.kind !== 'unknown') this.#options.onMetadata?.(message);
  }

  #onRequest(piece: number): void {
    if (this.metadataId === 0) return; // the peer names no id for our response
    const { info = noInfo } = this.#options;
    const range = metadataRange(info.length, piece);
    const response =
      range === undefined
        ? encodeMetadataMessage({ kind: 'reject', piece })
        : encodeMetadataMessage({
            kind: 'data',
            piece,
            totalSize: info.length,
            bytes: info.subarray(range.start, range.end),
          });
    this.#sendMetadata(response);
  }

  #sendMetadata(payload: Buffer): void {
    this.#options.send({ kind: 'extended', id: this.metadataId, payload });
  }
}

const noInfo = Buffer.alloc(0);

/** Two handshakes together: the second one says only what has changed (BEP 10). */
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
