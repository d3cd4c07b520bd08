/** Why a text cannot be a QR Code symbol. */
import { ProtocolError } from '../../bytes/protocol-error.ts';

export type QrErrorCode = 'too-long-for-qr';

/** Whoever asked for the symbol over HTTP is told so with 400. */
export class QrError extends ProtocolError<400> {
  declare readonly code: QrErrorCode;

  constructor(code: QrErrorCode, message: string) {
    super(code, 400, message);
  }
}
