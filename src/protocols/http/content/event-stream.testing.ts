/**
 * Reads server-sent events by the letter of WHATWG HTML 9.2.6, to check what we write: chunks of bytes in, events out.
 */

/** An event as it is dispatched to its listeners. */
export interface ReadEvent {
  readonly event: string;
  readonly data: string;
}

export class EventStreamReader {
  readonly events: ReadEvent[] = [];
  readonly comments: string[] = [];
  /** The time of `retry`, in milliseconds; undefined while there was none. */
  retryMs: number | undefined;
  // It takes a leading BOM away, as 9.2.6 asks for.
  readonly #decoder = new TextDecoder();
  #text = '';
  #event = '';
  #data = '';

  receive(chunk: Uint8Array): void {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    for (;;) {
      // A CR at the end of what is here may be half of a CRLF.
      const [line, content] = /^([^\r\n]*)(?:\r\n|\n|\r(?!$))/.exec(this.#text) ?? [];
      if (line === undefined || content === undefined) return;
      this.#text = this.#text.slice(line.length);
      this.#onLine(content);
    }
  }

  #onLine(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) this.comments.push(line.slice(1));
    else if (colon < 0) this.#onField(line, '');
    else this.#onField(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''));
  }

  #onField(name: string, value: string): void {
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data += `${value}\n`;
    else if (name === 'retry' && /^[0-9]+$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch(): void {
    if (this.#data !== '') {
      this.events.push({ event: this.#event === '' ? 'message' : this.#event, data: this.#data.slice(0, -1) });
    }
    this.#event = '';
    this.#data = '';
  }
}

/** Reads a stream that is complete. */
export function readEventStream(bytes: string | Uint8Array): EventStreamReader {
  const reader = new EventStreamReader();
  reader.receive(Buffer.from(bytes as string));
  return reader;
}
