/**
 * The multipart/byteranges body of a response with several ranges (RFC 9110 14.6): the text around the bytes. The
 * caller sends each part's head, then the bytes of its range, and at last the tail.
 *
 *     --BOUNDARY
 *     Content-Type: text/plain
 *     Content-Range: bytes 0-1/10
 *
 *     ab
 *     --BOUNDARY--
 */
import { type ByteRange, encodeContentRange } from './ranges.ts';

export interface ByterangesPlan {
  /** The value of the response's own `Content-Type`. */
  readonly contentType: string;
  /** The length of the complete body, in bytes. */
  readonly contentLength: number;
  readonly parts: readonly { readonly head: string; readonly range: ByteRange }[];
  readonly tail: string;
}

/**
 * Plans a response with `ranges` of a representation of `length` bytes and `contentType`. The `boundary` must not occur
 * in the bytes: random letters and digits, 70 at most (RFC 2046 5.1.1). All text is ASCII.
 */
export function planByteranges(
  ranges: readonly ByteRange[],
  length: number,
  contentType: string,
  boundary: string,
): ByterangesPlan {
  const parts = ranges.map((range, index) => ({ head: encodePartHead(range, index), range }));
  const tail = `\r\n--${boundary}--\r\n`;
  const contentLength = parts.reduce(
    (sum, { head, range }) => sum + head.length + range.end - range.start + 1,
    tail.length,
  );
  return { contentType: `multipart/byteranges; boundary=${boundary}`, contentLength, parts, tail };

  function encodePartHead(range: ByteRange, index: number): string {
    // The line break before a boundary belongs to it (RFC 2046 5.1.1); the first needs none.
    const delimiter = `${index === 0 ? '' : '\r\n'}--${boundary}`;
    return `${delimiter}\r\nContent-Type: ${contentType}\r\nContent-Range: ${encodeContentRange(range, length)}\r\n\r\n`;
  }
}
