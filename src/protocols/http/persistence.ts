/**
 * The rules of a connection: whether it goes on after an answer, whether the client waits for `100 Continue`, and how
 * an answer is framed. Pure: what was asked and what is answered go in, decisions come out.
 */
import { HttpError } from './errors.ts';
import { parseList } from './fields.ts';
import { hasNoContent } from './framing.ts';
import type { RequestHead } from './types.ts';

/** RFC 9112 9.3: HTTP/1.1 persists unless told to close, HTTP/1.0 closes unless told to keep alive. */
export function persists(head: RequestHead): boolean {
  const connection = head.fields.get('connection');
  if (connection === undefined) return head.minorVersion === 1;
  const options = parseList(connection.toLowerCase());
  if (options.includes('close')) return false;
  return head.minorVersion === 1 || options.includes('keep-alive');
}

/** RFC 9110 10.1.1: whether the client may be waiting for 100 before it sends the body. HTTP/1.0 clients never do. */
export function awaitsContinue(head: RequestHead): boolean {
  return head.minorVersion === 1 && head.fields.has('expect');
}

/** RFC 9110 10.1.1: an expectation that is not met is 417. */
export function checkExpectation(head: RequestHead): void {
  const expectation = head.fields.get('expect');
  if (expectation === undefined || expectation.toLowerCase() === '100-continue') return;
  throw new HttpError(417, 'expectation', 'the only expectation this server meets is "100-continue"');
}

export interface Answer {
  readonly status: number;
  /** Bytes of content; null when not known before it has been sent. */
  readonly length: number | null;
  /** False when the connection ends with this answer for a reason of our own. */
  readonly persists: boolean;
}

export interface ResponseFraming {
  /** Whether content is sent at all. */
  readonly content: boolean;
  readonly chunked: boolean;
  readonly persists: boolean;
  /** Field lines that say all that. */
  readonly lines: string;
}

/** RFC 9112 6: how the end of the answer's content is made known, and whether the connection goes on after it. */
export function frameResponse(
  head: { readonly method: string; readonly minorVersion: number },
  answer: Answer,
): ResponseFraming {
  const { status, length } = answer;
  const content = !hasNoContent(head.method, status);
  // RFC 9112 6.1: chunked only to HTTP/1.1. To HTTP/1.0 the end of the connection is the end of the content.
  const chunked = length === null && head.minorVersion === 1;
  const persists = answer.persists && (length !== null || chunked || !content);
  return {
    content,
    chunked,
    persists,
    lines: lengthLine(answer, chunked) + connectionLine(head.minorVersion, persists),
  };
}

/**
 * RFC 9110 8.6: none with 1xx and 204; with 304 it would have to be that of the 200, which we do not know. HEAD has
 * GET's.
 */
function lengthLine({ status, length }: Answer, chunked: boolean): string {
  if (status < 200 || status === 204 || status === 304) return '';
  if (chunked) return 'Transfer-Encoding: chunked\r\n';
  return length === null ? '' : `Content-Length: ${length}\r\n`;
}

/** RFC 9112 9.3 and 9.6: said when it is not what the client's version takes for granted. */
function connectionLine(minorVersion: number, persists: boolean): string {
  if (!persists) return 'Connection: close\r\n';
  return minorVersion === 0 ? 'Connection: keep-alive\r\n' : '';
}
