/**
 * Puts the content of an answer on the wire, in the framing that was decided. Knows nothing of requests, and of what becomes
 * of the connection afterwards.
 */
import { encodeChunkSize, lastChunk } from '../../protocols/http/write.ts';
import type { HttpResponse } from '../exchange.ts';
import type { Output } from './output.ts';

/** Content that is all there. */
export type WholeBody = string | Uint8Array | null;

/** Up to this much content goes out in one write with its head and with the answers before it; that costs a copy. */
const gatheredBytesMax = 16 * 1024;

export function isWhole(body: HttpResponse['body']): body is WholeBody {
  return body === null || typeof body === 'string' || body instanceof Uint8Array;
}

/** Bytes of content; null when only its end will tell. */
export function contentLength(body: HttpResponse['body']): number | null {
  if (body === null) return 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length;
}

/** Adds `head` and content to the output; a promise only when there is too much to be gathered. */
export function sendWhole(output: Output, head: string, body: WholeBody): Promise<void> | undefined {
  output.add(head);
  if (body === null) return undefined;
  if (body.length > gatheredBytesMax) return output.write(typeof body === 'string' ? Buffer.from(body) : body);
  output.add(byteText(body));
  return undefined;
}

/**
 * Sends `first`, then what `rest` gives, each chunk when the one before is with the kernel: its buffer may be used again
 * then. Returns the bytes of content. Throws when the body throws, has not the length it announced, or the client is gone:
 * then the connection must be cut, so that nobody takes for whole what is not.
 */
export async function sendChunks(
  output: Output,
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
  {
    chunked,
    length,
    writeBytes,
  }: { readonly chunked: boolean; readonly length: number | null; readonly writeBytes: number },
): Promise<number> {
  let sent = 0;
  for (let next = first; next.done !== true; next = await rest.next()) {
    const chunk = next.value;
    sent += chunk.length;
    if (length !== null && sent > length) throw new Error(`a body of ${length} bytes goes on after its end`);
    if (chunk.length === 0) output.flush();
    for (let at = 0; at < chunk.length; at += writeBytes) {
      await sendChunk(output, chunk.subarray(at, at + writeBytes), chunked);
    }
  }
  if (length !== null && sent < length) throw new Error(`a body of ${length} bytes ended after ${sent}`);
  if (chunked) output.add(lastChunk);
  output.flush();
  return sent;
}

function sendChunk(output: Output, bytes: Uint8Array, chunked: boolean): Promise<void> {
  if (!chunked) return output.write(bytes);
  output.add(encodeChunkSize(bytes.length));
  return output.write(bytes, '\r\n');
}

/** UTF-8 of a string, or bytes, as text of one character a byte. */
function byteText(body: string | Uint8Array): string {
  if (typeof body !== 'string') return Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
  return Buffer.byteLength(body) === body.length ? body : Buffer.from(body).toString('latin1');
}
