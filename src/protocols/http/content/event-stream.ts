/**
 * Writes server-sent events (WHATWG HTML, 9.2.5 and 9.2.6): UTF-8 lines, each a field, a comment or nothing; an empty
 * line ends an event.
 *
 *     retry: 1000
 *     : a comment
 *
 *     event: peer
 *     data: {"id":"p1","state":"offline"}
 */

export const eventStreamType = 'text/event-stream';

export interface ServerSentEvent {
  /** The type under which a reader dispatches the event; `message` where there is none. */
  readonly event?: string;
  readonly data: string;
}

/** The line ends of readers (9.2.5). */
const lineEnd = /\r\n|\n|\r/;
/** Finds whether a text has a line end at all: nearly none has, and every event is asked. */
const hasLineEnd = /[\r\n]/;

/** Encodes an event. A line end in `data` becomes a second `data` line, which readers join again by LF (9.2.6). */
export function encodeEvent({ event, data }: ServerSentEvent): string {
  if (event === undefined) return `${linesOf('data', data)}\n`;
  if (hasLineEnd.test(event)) throw new Error(`the name of an event is one line, not ${JSON.stringify(event)}`);
  return `${lineOf('event', event)}${linesOf('data', data)}\n`;
}

/** Encodes a comment, which readers skip; it shows that the connection is alive. */
export function encodeComment(text: string): string {
  return linesOf('', text);
}

/** Encodes the milliseconds that readers wait before they connect again. Only digits are read (9.2.6). */
export function encodeRetry(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0) throw new Error(`a time to wait must be whole milliseconds, not ${ms}`);
  return lineOf('retry', String(ms));
}

function linesOf(name: string, value: string): string {
  if (!hasLineEnd.test(value)) return lineOf(name, value);
  return value
    .split(lineEnd)
    .map((line) => lineOf(name, line))
    .join('');
}

/**
 * A field. Readers remove one space after the colon, so one is always there: the value may begin with another (9.2.6).
 */
function lineOf(name: string, value: string): string {
  return `${name}: ${value}\n`;
}
