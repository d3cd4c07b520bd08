/**
 * The values of HTTP/1.1 messages, which the readers make out of bytes. Knows nothing of sending them or acting on
 * them.
 */
import type { Fields } from './fields.ts';

/** The minor version; 1.x with an x above 1 is read as 1.1 (RFC 9110 2.5). */
export type MinorVersion = 0 | 1;

/** The way in which the end of a body is known (RFC 9112 6.3). A request without a body has length 0. */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }; // responses only

export interface RequestHead {
  readonly method: string;
  /** The path, decoded once, dot segments removed; begins with `/`, or is `*` (OPTIONS only). */
  readonly path: string;
  readonly rawQuery: string;
  /** The authority of the absolute-form target, else of Host; '' for HTTP/1.0 without either. */
  readonly authority: string;
  readonly minorVersion: MinorVersion;
  readonly fields: Fields;
  readonly framing: Framing;
}

export interface ResponseHead {
  readonly status: number;
  readonly minorVersion: MinorVersion;
  readonly fields: Fields;
  readonly framing: Framing;
}

/** A part of a message: a head, any number of body events, and an end. `bytes` is a view into a received chunk. */
export type MessageEvent<Head> =
  | { readonly kind: 'head'; readonly head: Head }
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly trailers: Fields };

export type RequestEvent = MessageEvent<RequestHead>;
export type ResponseEvent = MessageEvent<ResponseHead>;
