/**
 * The values of HTTP/1.1 messages: what the readers make of bytes. Knows nothing of how they are sent or acted upon.
 */
import type { Fields } from './fields.ts';

/** 1.x with an x above 1 is read as 1.1 (RFC 9110 2.5). */
export type MinorVersion = 0 | 1;

/** How the end of a body is known (RFC 9112 6.3). A request without a body has length 0. */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }; // responses only

export interface RequestHead {
  readonly method: string;
  /** Decoded once, dot segments removed; begins with `/`, or is `*` (OPTIONS only). */
  readonly path: string;
  readonly rawQuery: string;
  /** Of the absolute-form target, else of Host; '' for HTTP/1.0 without either. */
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

/** One message is a head, any number of body events, and an end. `bytes` is a view into what was received. */
export type MessageEvent<Head> =
  | { readonly kind: 'head'; readonly head: Head }
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly trailers: Fields };

export type RequestEvent = MessageEvent<RequestHead>;
export type ResponseEvent = MessageEvent<ResponseHead>;
