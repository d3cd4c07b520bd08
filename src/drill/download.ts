/** A download that is compared, as it comes, with what was uploaded. */
import { httpStream } from '../io/net/http-client.ts';
import { bytesOf, type Content, isLostConnection } from './client.ts';

export type DownloadOutcome =
  /** All of the content came, and every byte was right. */
  | { readonly kind: 'whole' }
  /** The response was other than 200 or 206. */
  | { readonly kind: 'refused'; readonly status: number }
  /** The download ended early and said so; every byte that came was right. */
  | { readonly kind: 'cut'; readonly receivedBytes: number; readonly detail: string }
  /** The outcome that must never be: other bytes, or a short body that passes for a complete one. */
  | { readonly kind: 'wrong'; readonly detail: string };

/** A range of the content's bytes, the last one included. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** The longest silence that is accepted: more than the server needs to give up a frozen peer and ask another. */
const timeoutMs = 30_000;

/**
 * Downloads `path`, such as `/download?file=ID`, and compares. `onChunk` is called with bytes that came and were right;
 * no more is read until it settles.
 */
export async function download(
  server: string,
  path: string,
  content: Content,
  span?: Span,
  onChunk: (bytes: number) => void | Promise<void> = () => {},
): Promise<DownloadOutcome> {
  const expected = span === undefined ? bytesOf(content) : bytesOf(content).subarray(span.first, span.last + 1);
  const headers = span === undefined ? [] : [['Range', `bytes=${span.first}-${span.last}`] as const];
  let received = 0;
  try {
    const { status, body } = await httpStream(new URL(path, server), { method: 'GET', timeoutMs, headers });
    const good = status === (span === undefined ? 200 : 206);
    for await (const chunk of body) {
      if (good && !chunk.equals(expected.subarray(received, received + chunk.length))) {
        return { kind: 'wrong', detail: `a wrong byte among ${chunk.length} from ${received} on` };
      }
      received += chunk.length;
      await onChunk(chunk.length);
    }
    if (!good) return { kind: 'refused', status };
  } catch (error) {
    if (!isLostConnection(error)) throw error;
    return { kind: 'cut', receivedBytes: received, detail: error.message };
  }
  if (received === expected.length) return { kind: 'whole' };
  return { kind: 'wrong', detail: `a whole answer of ${received} bytes instead of ${expected.length}` };
}
