/**
 * Puts the content of a response on the wire, in the framing that was decided. Knows nothing of requests, and nothing
 * of what happens to the connection afterwards.
 */
import { chunkEnd, encodeChunkSize, lastChunk } from '../protocols/http/write.ts';
import type { HttpResponse, StreamBody } from './handler.ts';
import type { Output } from './output.ts';

/**
 * Content on its way: text with one character a byte, bytes, or a body that is made meanwhile. `length` is the number
 * of bytes, null when it is not known before the end.
 */
export type Content = string | Uint8Array | StreamBody;

/** The most content that leaves in one write with its head and the responses before it, at the cost of a copy. */
export const gatheredBytesMax = 16 * 1024;

/** The content of `body`: text as UTF-8, which ASCII is already. */
export function encodeContent(body: HttpResponse['body']): Content {
  if (body === null) return '';
  if (typeof body !== 'string') return body;
  return Buffer.byteLength(body) === body.length ? body : Buffer.from(body);
}

/** Whether `content` is made while it is sent. */
export function isStream(content: Content): content is StreamBody {
  return typeof content !== 'string' && 'chunks' in content;
}

/** Adds `head` and `content` to the output; a promise only when there is too much to be gathered. */
export function sendComplete(output: Output, head: string, content: string | Uint8Array): Promise<void> | undefined {
  output.add(head);
  if (content.length > gatheredBytesMax)
    return output.write(typeof content === 'string' ? Buffer.from(content) : content);
  if (content.length > 0) output.add(content);
  return undefined;
}

export interface ChunkRules {
  readonly chunked: boolean;
  /** The number of bytes that the head announced; null when it announced none. */
  readonly length: number | null;
  /** The most that is handed to the kernel at once. */
  readonly writeBytes: number;
}

/**
 * Sends `first`, then the chunks of `rest`, each when the one before is with the kernel, so that its buffer can be used
 * again. Returns the bytes of content. Throws when the body throws, has not the length it announced, or the client is
 * gone: the connection must be cut then, so that nobody takes the response for complete.
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
  return output.write(bytes, chunkEnd);
}
