/**
 * Bytes of one connection to lines of text. Owns where a line ends and what is no text; knows no command.
 *
 * A line ends with LF, CR LF, or CR NUL (what telnet sends for Enter, RFC 854). What telnet negotiates in between
 * (IAC, RFC 854 and 855) is passed over: we agree to nothing, and a client then does as for a plain line. UTF-8 has no
 * byte 255, so no text is lost by that.
 */
import { DirectoryError } from './errors.ts';
import { controlCharacter, directoryLimits } from './types.ts';

const [nul, lf, cr] = [0x00, 0x0a, 0x0d];
/** Telnet: what follows is a command; a subnegotiation begins; it ends; the first of the four that name an option. */
const [iac, sb, se, will] = [0xff, 0xfa, 0xf0, 0xfb];

const nothing = new Uint8Array();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Where the reader is in what telnet negotiates. */
type TelnetState = 'text' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation-command';

export class LineReader {
  #chunk: Uint8Array = nothing;
  #at = 0;
  /** The beginning of a line, copied out of chunks before. */
  #partial: Uint8Array = nothing;
  /** Bytes of a line that is too long, so far; 0 while it is not. */
  #passedOver = 0;
  #afterCr = false;
  #telnet: TelnetState = 'text';

  /** Adds bytes, once all lines before have been taken. They must stay as they are until these have been, too. */
  receive(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * The next line, without its end; undefined when more bytes are needed. Throws a DirectoryError for one that is too
   * long or no text; the next call goes on with the line after it.
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
      return this.#endLine(crBefore);
    }
    this.#keep(start, this.#at);
    this.#chunk = nothing;
    this.#at = 0;
    return undefined;
  }

  #keep(from: number, to: number): void {
    if (from === to) return;
    const length = this.#partial.length + to - from;
    // One more than a line may have: its CR.
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
