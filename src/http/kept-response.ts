/**
 * The bytes of the answer that was given last, for handlers that give the same response object many times (a list that
 * is made anew only when it changes): encoded once a second, because of Date, instead of once a request.
 */
import { frameResponse } from '../protocols/http/persistence.ts';
import { encodeResponseHead } from '../protocols/http/write.ts';
import { gather } from './gather.ts';
import type { HttpResponse } from './handler.ts';
import { encodeContent, gatheredBytesMax, isStream } from './send-content.ts';

/** The requests it is kept for: GET by HTTP/1.1, on a connection that persists. */
const asked = { method: 'GET', minorVersion: 1 };

export interface KeptResponse {
  /** Head and content. */
  readonly bytes: Uint8Array;
  readonly contentBytes: number;
}

let response: HttpResponse | null = null;
let second = -1;
let answer: KeptResponse | null = null;

/** Null when `given` was not what was given last, or cannot be kept. */
export function keptResponse(given: HttpResponse, nowMs: number): KeptResponse | null {
  const nowSecond = Math.floor(nowMs / 1000);
  if (given === response && nowSecond === second) return answer;
  answer = given === response ? encode(given, nowMs) : null;
  second = given === response ? nowSecond : -1;
  response = given;
  return answer;
}

function encode({ status, headers, body }: HttpResponse, nowMs: number): KeptResponse | null {
  const content = encodeContent(body);
  if (isStream(content) || content.length > gatheredBytesMax) return null;
  const framing = frameResponse(asked, { status, length: content.length, persists: true });
  if (!framing.content) return null;
  const head = encodeResponseHead(status, headers, framing.lines, nowMs);
  return { bytes: gather([head, content], head.length + content.length), contentBytes: content.length };
}
