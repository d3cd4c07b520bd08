/**
 * The extensions that we speak (BEP 10): `ut_metadata` (BEP 9), which gives the info dictionary to who came by a magnet
 * link, and gets it where that is us.
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
  /** The info dictionary; undefined while we have to get it ourselves. */
  readonly info: Buffer | undefined;
  /** The port of our wire door; undefined where we cannot be dialled. */
  readonly port: number | undefined;
  readonly send: (message: OutgoingMessage) => void;
  /** Called when the peer has said something of itself. */
  readonly onHandshake?: (peer: ExtendedHandshake) => void;
  /** Called with what comes on `requestMetadata`. */
  readonly onMetadata?: (answer: MetadataResponse) => void;
}

export type MetadataResponse = Extract<MetadataMessage, { kind: 'data' | 'reject' }>;

/** The id under which messages of that extension reach us. */
const ownMetadataId = 1;

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

  /** Under which id the peer wants to get messages about metadata; 0 when it speaks of none (BEP 10). */
  get metadataId(): number {
    return this.#peer?.ids.get('ut_metadata') ?? 0;
  }

  /** Says what we speak. */
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

  /** Throws WireError. BEP 10: messages of extensions that we do not speak are passed over. */
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
    if (this.metadataId === 0) return; // it does not say under which id it wants to be answered
    const { info = noInfo } = this.#options;
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
    this.#sendMetadata(answer);
  }

  #sendMetadata(payload: Buffer): void {
    this.#options.send({ kind: 'extended', id: this.metadataId, payload });
  }
}

const noInfo = Buffer.alloc(0);

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
