/** The mistakes of a wire peer. BEP 3 has no message for them: the connection is closed. */
import { ProtocolError } from '../../bytes/protocol-error.ts';

export type WireErrorCode =
  | 'not-bittorrent' // the first bytes are no handshake: most likely an encrypted one
  | 'unknown-torrent'
  | 'unwanted' // a peer that broke its word before
  | 'bad-length' // a length that no message of that kind has
  | 'too-long'
  | 'bad-index' // a piece, or a part of one, that the torrent does not have
  | 'bad-bitfield'
  | 'out-of-order' // a message that must come first, or once
  | 'not-negotiated' // a message of an extension that was not agreed on
  | 'bad-extension' // an extended message that cannot be read
  | 'bad-metadata'; // pieces that are not those of the info dictionary that was asked for

export class WireError extends ProtocolError<never> {
  declare readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(code, 'drop', message, options);
  }
}
