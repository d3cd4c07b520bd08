/**
 * Bytes of one connection to lines of text. Knows how a line ends and what is no text; knows no command.
 *
 * A line ends with LF, CR LF, or CR NUL (which telnet sends for Enter, RFC 854). Telnet's negotiation in between (IAC,
 * RFC 854 and 855) is passed over: without an agreement a client behaves as on a plain connection. UTF-8 has no byte
 * 255, so no text is lost by that.
 */
import type { Observer } from '../../bytes/trace.ts';
import { DirectoryError } from './errors.ts';
import { controlCharacter, directoryLimits } from './types.ts';

const [nul, lf, cr] = [0x00, 0x0a, 0x0d];
/**
 * Telnet's bytes: IAC begins a command, SB and SE a subnegotiation and its end; WILL is the first of four for options.
 */
const [iac, sb, se, will] = [0xff, 0xfa, 0xf0, 0xfb];

const nothing = new Uint8Array();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The reader's place in a telnet command. */
type TelnetState = 'text' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation-command';

/** Takes the bytes of a connection and gives lines. */
export class LineReader {
  #chunk: Uint8Array = nothing;
  #at = 0;
  /** The beginning of a line, copied out of earlier chunks. */
  #partial: Uint8Array = nothing;
  /** Bytes so far of a line that is too long; 0 while the line is not. */
  #passedOver = 0;
  #afterCr = false;
  #telnet: TelnetState = 'text';
  readonly #observe: Observer | undefined;
  /** Bytes of the line so far, in chunks before, and where it begins in this one; with what telnet negotiates. */
  #lineBytes = 0;
  #lineStart = 0;

  /** `observe` is told every line. */
  constructor(observe?: Observer) {
    this.#observe = observe;
  }

  /** Adds bytes, once all lines before have been taken. The chunk must not change until its lines have been taken. */
  receive(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#lineStart = 0;
  }

  /**
   * The next line, without its end; undefined when more bytes are needed. Throws a DirectoryError for a line that is
   * too long or no text; the next call goes on with the line after it.
   */
  next(): string | undefined {
    let start = this.#at;
    while (this.#at < this.#chunk.length) {
      const byte = this.#chunk[this.#at] as number;
      this.#at += 1;
      if (this.#telnet !== 'text' || byte === iac) {
        this.#keep(start, this.#at - 1);
        this.#telnet = afterTelnet(this.#telnet, byte);
        start = this.#at;
        continue;
      }
      const ends = byte === lf || (byte === nul && this.#afterCr);
      const crBefore = this.#afterCr;
      this.#afterCr = byte === cr;
      if (!ends) continue;
      this.#keep(start, this.#at - 1);
      return this.#observe === undefined ? this.#endLine(crBefore) : this.#observedLine(crBefore, this.#observe);
    }
    this.#keep(start, this.#at);
    this.#lineBytes += this.#at - this.#lineStart;
    this.#lineStart = 0;
    this.#chunk = nothing;
    this.#at = 0;
    return undefined;
  }

  #keep(from: number, to: number): void {
    if (from === to) return;
    const length = this.#partial.length + to - from;
    // One byte more than a line may have: its CR.
    if (this.#passedOver > 0 || length > directoryLimits.lineBytesMax + 1) {
      this.#passedOver += length;
      this.#partial = nothing;
      if (this.#passedOver <= directoryLimits.floodBytesMax) return;
      throw new DirectoryError('flood', `a line of more than ${directoryLimits.floodBytesMax} bytes`, { fatal: true });
    }
    const joined = new Uint8Array(length);
    joined.set(this.#partial);
    joined.set(this.#chunk.subarray(from, to), this.#partial.length);
    this.#partial = joined;
  }

  #observedLine(endsInCr: boolean, observe: Observer): string {
    const bytes = this.#lineBytes + this.#at - this.#lineStart;
    this.#lineBytes = 0;
    this.#lineStart = this.#at;
    let line: string | undefined;
    try {
      line = this.#endLine(endsInCr);
      return line;
    } finally {
      observe('line', bytes, line); // of one that is refused the length
    }
  }

  #endLine(endsInCr: boolean): string {
    const bytes = endsInCr ? this.#partial.subarray(0, -1) : this.#partial;
    const tooLong = this.#passedOver > 0 || bytes.length > directoryLimits.lineBytesMax;
    this.#partial = nothing;
    this.#passedOver = 0;
    if (tooLong) throw new DirectoryError('too-long', `a line has at most ${directoryLimits.lineBytesMax} bytes`);
    const text = decode(bytes);
    if (controlCharacter.test(text)) throw new DirectoryError('bad-line', 'a line must not hold control characters');
    return text;
  }
}

function afterTelnet(state: TelnetState, byte: number): TelnetState {
  switch (state) {
    case 'text':
      return 'command';
    case 'command':
      if (byte === sb) return 'subnegotiation';
      return byte >= will && byte !== iac ? 'option' : 'text';
    case 'option':
      return 'text';
    case 'subnegotiation':
      return byte === iac ? 'subnegotiation-command' : 'subnegotiation';
    case 'subnegotiation-command':
      return byte === se ? 'text' : 'subnegotiation';
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    // It fails for no other reason.
    throw new DirectoryError('bad-line', 'a line must be UTF-8', { cause: error });
  }
}
