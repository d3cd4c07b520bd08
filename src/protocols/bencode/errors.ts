/** What is wrong with bytes that should have been bencode. */
import { ProtocolError } from '../../bytes/protocol-error.ts';

export type BencodeErrorCode =
  | 'cut-short' // the bytes end before the value does
  | 'bad-integer'
  | 'bad-length' // of a string
  | 'bad-key' // no string, out of order, or twice
  | 'bad-value' // a byte that begins nothing
  | 'trailing-bytes'
  | 'too-deep'
  | 'too-many';

/** What the other side is told is for the protocol to say that carries the bencode. */
export class BencodeError extends ProtocolError<never> {
  declare readonly code: BencodeErrorCode;
  /** Where in the bytes, from 0. */
  readonly position: number;

  constructor(code: BencodeErrorCode, message: string, position: number) {
    super(code, 'drop', `${message} (at byte ${position})`);
    this.position = position;
  }
}
