/** Messages that are sent, reported to an observer as the other side will read them. */
import type { Observer } from '../../bytes/trace.ts';
import { parseVerbLine } from '../../bytes/verb-line.ts';

/** Reports `line`, which ends with its LF, and the size of the payload that follows. */
export function observeSent(observe: Observer, line: string, payloadBytes = 0): void {
  parseVerbLine(line.slice(0, -1), observe);
  observe('LF', '\n');
  observe('payload', payloadBytes);
}
