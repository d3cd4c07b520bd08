/**
 * Puts the content of an answer on the wire, in the framing that was decided. Knows nothing of requests, and of what
 * becomes of the connection afterwards.
 */
import { encodeChunkSize, lastChunk } from '../protocols/http/write.ts';
import type { HttpResponse, StreamBody } from './handler.ts';
import type { Output } from './output.ts';

/**
 * What is sent: text with one character a byte, bytes, or a body that is made meanwhile. `length` is that of the bytes,
 * or null when only their end will tell.
 */
export type Content = string | Uint8Array | StreamBody;

/** Up to this much goes out in one write with the head, and with the answers before it; that costs a copy. */
export const gatheredBytesMax = 16 * 1024;

/** Text becomes UTF-8; ASCII is that already. */
export function encodeContent(body: HttpResponse['body']): Content {
  if (body === null) return '';
  if (typeof body !== 'string') return body;
  return Buffer.byteLength(body) === body.length ? body : Buffer.from(body);
}

export function isStream(content: Content): content is StreamBody {
  return typeof content !== 'string' && 'chunks' in content;
}

/** Adds `head` and content to the output; a promise only when there is too much to be gathered. */
export function sendWhole(output: Output, head: string, content: string | Uint8Array): Promise<void> | undefined {
  output.add(head);
  if (content.length > gatheredBytesMax)
    return output.write(typeof content === 'string' ? Buffer.from(content) : content);
  if (content.length > 0) output.add(content);
  return undefined;
}

export interface ChunkRules {
  readonly chunked: boolean;
  /** Bytes that the head announced; null when it announced none. */
  readonly length: number | null;
  /** The most that is handed to the kernel at once. */
  readonly writeBytes: number;
}

/**
 * Sends `first`, then what `rest` gives, each chunk when the one before is with the kernel: its buffer may be used
 * again then. Returns the bytes of content. Throws when the body throws, has not the length it announced, or the client
 * is gone: then the connection must be cut, so that nobody takes for whole what is not.
 */
export async function sendChunks(
  output: Output,
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
  { chunked, length, writeBytes }: ChunkRules,
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
