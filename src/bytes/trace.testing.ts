/** A recorded trace, for tests: its lines, and the bytes of all fields in their order. */
import { type Observer, type Side, traceTo } from './trace.ts';

export class Recorded {
  readonly lines: string[] = [];
  /** The bytes of all fields; one that is not shown is filled up with question marks. */
  bytes = '';
  readonly observe: Observer;

  constructor(side: Side = '>') {
    const write = traceTo((line) => this.lines.push(line), side);
    this.observe = (field, bytes, value) => {
      if (typeof bytes === 'number') this.bytes += '?'.repeat(bytes);
      else this.bytes += typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
      write(field, bytes, value);
    };
  }

  /** Name (of 15 characters at most) and value of each field, without side and offset. */
  get fields(): string[] {
    const nameAt = '> 000000  '.length;
    return this.lines.map((line) => `${line.slice(nameAt, nameAt + 15).trimEnd()} ${line.slice(nameAt + 16)}`);
  }
}

/** `bytes` whole, then byte by byte. */
export function* inPieces(bytes: Buffer): Generator<Buffer[]> {
  yield [bytes];
  yield Array.from(bytes, (byte) => Buffer.of(byte));
}
