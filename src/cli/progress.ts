/**
 * A progress bar on a terminal: one line that is written over. On anything but a terminal it writes nothing.
 *
 *     plan.iso [##########----------]  50%  1.5 GiB of 3.0 GiB  412 MiB/s
 */
import { type Clock, systemClock } from '../async/clock.ts';
import { formatSize } from '../bytes/format.ts';
import { printable } from '../bytes/printable.ts';
import type { CommandIo } from './command.ts';

const barWidth = 20;
/** The time between two drawings: often enough to look alive, seldom enough to cost nothing. */
const redrawMs = 100;

/** The progress of one transfer. */
export class Progress {
  readonly #terminal: CommandIo['stderr'];
  readonly #label: string;
  readonly #totalBytes: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #startMs: number;
  #doneBytes = 0;
  #doneBefore = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(
    terminal: CommandIo['stderr'],
    label: string,
    totalBytes: number,
    clock: Pick<Clock, 'now'> = systemClock,
  ) {
    this.#terminal = terminal;
    this.#label = printable(label);
    this.#totalBytes = totalBytes;
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  /** Adds bytes that were done before: they count, but not for the speed. */
  skip(bytes: number): void {
    this.#doneBytes += bytes;
    this.#doneBefore += bytes;
  }

  /** Adds bytes that are done now. */
  add(bytes: number): void {
    this.#doneBytes += bytes;
    const now = this.#clock.now();
    const speed = ((this.#doneBytes - this.#doneBefore) / Math.max(1, now - this.#startMs)) * 1000;
    this.#draw(now, `${formatSize(speed)}/s`);
  }

  /** Shows `doneBytes` as all that is done, with `facts` behind the bar in place of the speed. */
  show(doneBytes: number, facts: string): void {
    this.#doneBytes = doneBytes;
    this.#draw(this.#clock.now(), facts);
  }

  /** Removes the bar, to make room for the result. */
  end(): void {
    if (this.#terminal.isTTY === true) this.#terminal.write('\r\u001b[K');
  }

  #draw(now: number, facts: string): void {
    if (this.#terminal.isTTY !== true || now - this.#drawnMs < redrawMs) return;
    this.#drawnMs = now;
    this.#terminal.write(`\r${this.#line(facts)}\u001b[K`);
  }

  #line(more: string): string {
    const share = this.#totalBytes === 0 ? 1 : this.#doneBytes / this.#totalBytes;
    const filled = Math.min(barWidth, Math.floor(share * barWidth));
    const bar = '#'.repeat(filled) + '-'.repeat(barWidth - filled);
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const facts = `[${bar}] ${percent}  ${formatSize(this.#doneBytes)} of ${formatSize(this.#totalBytes)}  ${more}`;
    // The label is cut first: a line that wraps could not be written over.
    const room = Math.max(0, (this.#terminal.columns ?? 80) - facts.length - 2);
    return `${this.#label.slice(0, room)} ${facts}`;
  }
}
