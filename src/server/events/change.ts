/**
 * Changes as subscribers are told of them: the present state of one thing. A later change replaces an earlier one.
 */

import type { EventView } from '../../protocols/api/event-types.ts';
import { encodeEvent } from '../../protocols/http/content/event-stream.ts';

/** The topics of `GET /events`. */
export const topics = ['files', 'peers', 'pieces', 'transfers', 'directory'] as const;
export type Topic = (typeof topics)[number];

/** One change, as an event that is encoded once for all subscribers. */
export class Change {
  readonly topic: Topic;
  /** The thing that changed: `file c9e1...`. */
  readonly key: string;
  /** The id of the file that the change is about; null when it is about no single file. */
  readonly file: string | null;
  readonly #view: () => EventView;
  readonly #strangersView: (() => EventView) | undefined;
  #bytes: Uint8Array | undefined;
  #strangersBytes: Uint8Array | undefined;

  /**
   * `view` is called when the change is first sent, so the event may be newer than the change. `strangersView`: what
   * subscribers may see who are not trusted; absent where that is the same.
   */
  constructor(topic: Topic, key: string, file: string | null, view: () => EventView, strangersView?: () => EventView) {
    this.topic = topic;
    this.key = key;
    this.file = file;
    this.#view = view;
    this.#strangersView = strangersView;
  }

  /** The event in the encoding of `text/event-stream`. */
  get bytes(): Uint8Array {
    this.#bytes ??= encode(this.#view());
    return this.#bytes;
  }

  /** The event for a subscriber who is not trusted, in the same encoding. */
  get strangersBytes(): Uint8Array {
    if (this.#strangersView === undefined) return this.bytes;
    this.#strangersBytes ??= encode(this.#strangersView());
    return this.#strangersBytes;
  }
}

function encode({ event, data }: EventView): Uint8Array {
  return Buffer.from(encodeEvent({ event, data: JSON.stringify(data) }));
}

/**
 * Finds the changes of one topic. Nothing in the domain knows of listeners, so a source compares what is there now with
 * what it told before.
 */
export interface Source {
  readonly topic: Topic;
  /** Begins: all that is there now counts as told. */
  begin(): void;
  /** The changes since the last call, or since `begin`. `nowMs` are milliseconds from any origin, never set back. */
  changes(nowMs: number): Iterable<Change>;
  /** Ends: forgets what was told, since no subscriber watches the topic any more. */
  end(): void;
  /** The first changes for a new subscriber, who watches `file` alone where that is given. */
  present?(file: string | undefined): Iterable<Change>;
}

/** Whether any field but `ignored` differs. Both views have the same fields, all of them primitive. */
export function differs<View extends object>(a: View, b: View, ignored?: keyof View): boolean {
  return (Object.keys(a) as (keyof View)[]).some((name) => name !== ignored && a[name] !== b[name]);
}
