/** The faults of bytes that should have been bencode. */
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

/** A fault of bencode. The protocol that carries the bencode decides what the other side is told. */
export class BencodeError extends ProtocolError<never> {
  declare readonly code: BencodeErrorCode;
  /** The place of the fault in the bytes, from 0. */
  readonly position: number;

  constructor(code: BencodeErrorCode, message: string, position: number) {
    super(code, 'drop', `${message} (at byte ${position})`);
    this.position = position;
  }
}
