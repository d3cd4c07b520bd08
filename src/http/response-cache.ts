/**
 * The bytes of the response that was sent last, for handlers that give the same response object many times (a list that
 * is made anew only when it changes): encoded once a second, because of Date, instead of once a request.
 */
import { frameResponse } from '../protocols/http/persistence.ts';
import type { DateLines } from '../protocols/http/write.ts';
import { gather } from './gather.ts';
import type { HttpResponse } from './handler.ts';
import { encodeSafeHead } from './safety-fields.ts';
import { encodeContent, gatheredBytesMax, isStream } from './send-content.ts';

/** The requests whose responses are cached: GET by HTTP/1.1, on a connection that persists. */
const cachedFor = { method: 'GET', minorVersion: 1 };

export interface CachedResponse {
  /** Head and content. */
  readonly bytes: Uint8Array;
  readonly contentBytes: number;
}

/** One response, in the form that it has on the wire. Belongs to a listener, whose connections share it. */
export class ResponseCache {
  readonly #dateLines: DateLines;
  #response: HttpResponse | null = null;
  #second = -1;
  #cached: CachedResponse | null = null;

  constructor(dateLines: DateLines) {
    this.#dateLines = dateLines;
  }

  /** The bytes of `response` at `nowMs`; null when it is not the object that was given last, or cannot be cached. */
  get(response: HttpResponse, nowMs: number): CachedResponse | null {
    const second = Math.floor(nowMs / 1000);
    if (response === this.#response && second === this.#second) return this.#cached;
    this.#cached = response === this.#response ? encode(response, this.#dateLines.at(nowMs)) : null;
    this.#second = response === this.#response ? second : -1;
    this.#response = response;
    return this.#cached;
  }
}

function encode(response: HttpResponse, dateLine: string): CachedResponse | null {
  const { status, body } = response;
  const content = encodeContent(body);
  if (isStream(content) || content.length > gatheredBytesMax) return null;
  const framing = frameResponse(cachedFor, { status, length: content.length, persists: true });
  if (!framing.content) return null;
  const head = encodeSafeHead(response, framing.lines, dateLine);
  return { bytes: gather([head, content], head.length + content.length), contentBytes: content.length };
}
