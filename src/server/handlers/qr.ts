/**
 * The address of a file's page as a QR code, so that a phone on the same network can open it.
 *
 *     GET /qr?file=ID (or ?name=NAME)                     an SVG image
 *     curl -H 'Accept: text/plain' localhost:8080/qr...   drawn in the terminal, the address below it
 *
 * The address is the one under which this server was asked: a phone can use it where that is no loopback address, or
 * `http.public_url` is set.
 */
import type { Handler } from '../../http/handler.ts';
import { imageResponse, textResponse } from '../../http/responses.ts';
import { preferred } from '../../protocols/http/content/accept.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { QrError } from '../../protocols/qr/errors.ts';
import type { QrCode } from '../../protocols/qr/types.ts';
import { encodeQr } from '../../protocols/qr/write.ts';
import type { ServerContext } from '../context/context.ts';
import { renderQrSvg, renderQrText } from '../pages/qr.ts';
import { findFile } from '../requests/find-file.ts';
import { fileLinks } from '../views/links.ts';

const svgType = 'image/svg+xml';

/** Makes the handler of `GET /qr`. */
export function createQrHandler({ catalog, siteOf }: Pick<ServerContext, 'catalog' | 'siteOf'>): Handler {
  return (request) => {
    const site = siteOf(request);
    const { info } = fileLinks(findFile(catalog, request, 'file'), site);
    // HTTP/1.0 without Host: there are only relative links then.
    if (site.origin === '') throw new HttpError(400, 'no-host', 'the address of the page is not known without Host');
    const code = encode(info);
    switch (preferred(request.headers.get('accept'), [svgType, 'text/plain'])) {
      case svgType:
        return imageResponse(200, renderQrSvg(code, info), svgType);
      case 'text/plain':
        return textResponse(200, `${renderQrText(code)}${info}\n`);
    }
  };
}

/** Encodes `url`, which may be too long for a QR code: a port may have any number of zeros before it. */
function encode(url: string): QrCode {
  try {
    return encodeQr(url);
  } catch (error) {
    if (!(error instanceof QrError)) throw error;
    throw new HttpError(400, error.code, `the address of the page is too long: ${error.message}`, { cause: error });
  }
}
