/** Errors of QR codes: a text that cannot be a symbol. */
import { ProtocolError } from '../../bytes/protocol-error.ts';

export type QrErrorCode = 'too-long-for-qr';

/** A text that cannot be a symbol; over HTTP the client gets 400. */
export class QrError extends ProtocolError<400> {
  declare readonly code: QrErrorCode;

  constructor(code: QrErrorCode, message: string) {
    super(code, 400, message);
  }
}
