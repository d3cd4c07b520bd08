/**
 * The rules of a connection: whether it goes on after a response, whether the client waits for `100 Continue`, and how
 * a message that we send is framed. Pure: facts of the request and the response go in, decisions come out.
 */
import { HttpError } from './errors.ts';
import { parseList } from './fields.ts';
import { hasNoContent } from './framing.ts';
import type { RequestHead } from './types.ts';
import type { FieldList } from './write.ts';

/** Whether the connection may go on (RFC 9112 9.3): HTTP/1.1 unless it says close, 1.0 only if it says keep-alive. */
export function persists(head: RequestHead): boolean {
  const connection = head.fields.get('connection');
  if (connection === undefined) return head.minorVersion === 1;
  const options = parseList(connection.toLowerCase());
  if (options.includes('close')) return false;
  return head.minorVersion === 1 || options.includes('keep-alive');
}

/** Whether the client may wait for 100 before it sends the body (RFC 9110 10.1.1). HTTP/1.0 clients never do. */
export function awaitsContinue(head: RequestHead): boolean {
  return head.minorVersion === 1 && head.fields.has('expect');
}

/** Throws HttpError 417 for an expectation that is not met (RFC 9110 10.1.1). */
export function checkExpectation(head: RequestHead): void {
  const expectation = head.fields.get('expect');
  if (expectation === undefined || expectation.toLowerCase() === '100-continue') return;
  throw new HttpError(417, 'expectation', 'the only expectation this server meets is "100-continue"');
}

/** The facts of a response that decide on its framing. */
export interface ResponseFacts {
  readonly status: number;
  /** The number of bytes of content; null when it is not known before they have been sent. */
  readonly length: number | null;
  /** False when the connection ends with this response for a reason of our own. */
  readonly persists: boolean;
}

export interface ResponseFraming {
  /** Whether content is sent at all. */
  readonly content: boolean;
  readonly chunked: boolean;
  readonly persists: boolean;
  /** The field lines that tell the client so. */
  readonly lines: string;
}

/** Decides how the end of a response's content is made known (RFC 9112 6), and whether the connection goes on. */
export function frameResponse(
  head: { readonly method: string; readonly minorVersion: number },
  response: ResponseFacts,
): ResponseFraming {
  const { status, length } = response;
  const content = !hasNoContent(head.method, status);
  // RFC 9112 6.1: chunked only to HTTP/1.1. To HTTP/1.0 the end of the connection is the end of the content.
  const chunked = length === null && head.minorVersion === 1;
  const persists = response.persists && (length !== null || chunked || !content);
  return {
    content,
    chunked,
    persists,
    lines: lengthLine(response, chunked) + connectionLine(head.minorVersion, persists),
  };
}

/**
 * The line that announces the content (RFC 9110 8.6): none with 1xx and 204; none with 304, where it would have to be
 * the length of the 200, which we do not know. HEAD has the line of GET.
 */
function lengthLine({ status, length }: ResponseFacts, chunked: boolean): string {
  if (status < 200 || status === 204 || status === 304) return '';
  if (chunked) return 'Transfer-Encoding: chunked\r\n';
  return length === null ? '' : `Content-Length: ${length}\r\n`;
}

/** The Connection field (RFC 9112 9.3, 9.6), sent when it is not what the client's version takes for granted. */
function connectionLine(minorVersion: number, persists: boolean): string {
  if (!persists) return 'Connection: close\r\n';
  return minorVersion === 0 ? 'Connection: keep-alive\r\n' : '';
}

/**
 * The fields that make known where the content of a request ends (RFC 9112 6): none without content (`length` is
 * undefined), chunked where its length is not known (null).
 */
export function frameRequest(length: number | null | undefined): FieldList {
  if (length === undefined) return [];
  return length === null ? [['Transfer-Encoding', 'chunked']] : [['Content-Length', String(length)]];
}
