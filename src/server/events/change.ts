/**
 * What subscribers are told: the present state of one thing. A later change of the same thing makes an earlier one
 * superfluous.
 */

import type { EventView } from '../../protocols/api/event-types.ts';
import { encodeEvent } from '../../protocols/http/content/event-stream.ts';

export const topics = ['files', 'peers', 'pieces', 'transfers', 'directory'] as const;
export type Topic = (typeof topics)[number];

export class Change {
  readonly topic: Topic;
  /** Which thing: `file c9e1...`. */
  readonly key: string;
  /** The id of the file that it is about; null when it is about no single one. */
  readonly file: string | null;
  readonly #view: () => EventView;
  #bytes: Uint8Array | undefined;

  /** `view` is asked when the change is first sent, so what it says may be newer than the change. */
  constructor(topic: Topic, key: string, file: string | null, view: () => EventView) {
    this.topic = topic;
    this.key = key;
    this.file = file;
    this.#view = view;
  }

  /** As it is sent: made once, for all subscribers. */
  get bytes(): Uint8Array {
    this.#bytes ??= this.#encode();
    return this.#bytes;
  }

  #encode(): Uint8Array {
    const { event, data } = this.#view();
    return Buffer.from(encodeEvent({ event, data: JSON.stringify(data) }));
  }
}

/**
 * One topic's changes. They are found by looking, as nothing in the domain knows of listeners: what is there now is
 * compared with what was told before.
 */
export interface Source {
  readonly topic: Topic;
  /** Takes what is there now for told. */
  begin(): void;
  /** What has changed since it was last asked, or begun. `nowMs` rises; where it begins does not matter. */
  changes(nowMs: number): Iterable<Change>;
  /** Forgets what was told: nobody listens any more. */
  end(): void;
  /** What somebody is told at first who comes now, and watches `file` alone where that is given. */
  present?(file: string | undefined): Iterable<Change>;
}

/** Whether any field differs, of those that are not in `ignored`. Both have the same fields, all of them primitive. */
export function differs<View extends object>(a: View, b: View, ignored?: keyof View): boolean {
  return (Object.keys(a) as (keyof View)[]).some((name) => name !== ignored && a[name] !== b[name]);
}
