/** Reads bodies that are gathered in memory, since they are small, or mean nothing before they are complete. */
import { HttpError } from '../protocols/http/errors.ts';
import type { HttpRequest } from './handler.ts';

/** Reads all of `body`. Throws HttpError 413 (RFC 9110 15.5.14) as soon as it is known to be over `bytesMax`. */
export async function readSmallBody(
  { body, contentLength }: Pick<HttpRequest, 'body'> & Partial<Pick<HttpRequest, 'contentLength'>>,
  bytesMax: number,
): Promise<Buffer> {
  const tooLarge = (): HttpError => new HttpError(413, 'too-large', `at most ${bytesMax} bytes are taken here`);
  if ((contentLength ?? 0) > bytesMax) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge();
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
