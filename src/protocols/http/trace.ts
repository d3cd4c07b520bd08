/**
 * A connection's bytes, annotated field by field. The readers report each piece they took to an `Observer`, in order
 * and without gaps, so the trace shows how the bytes were understood.
 *
 *   > 000000  method          "GET"
 *   > 000003  SP              " "
 *   > 000004  request-target  "/files"
 */

/** A function that is told the spec's name for a piece, and its bytes (text: one character a byte). */
export type Observer = (field: string, bytes: string | Uint8Array) => void;

/** The most bytes of content that are shown; everything else is shown in full, since the limits keep it short. */
const contentBytesShown = 48;
const fieldColumns = 15;

/**
 * An observer that writes one line for each piece that is not empty. `side`: '>' from the client, '<' from the server.
 */
export function traceTo(write: (line: string) => void, side: '>' | '<'): Observer {
  let offset = 0;
  return (field, bytes) => {
    if (bytes.length === 0) return;
    write(`${side} ${String(offset).padStart(6, '0')}  ${field.padEnd(fieldColumns)} ${shown(bytes)}`);
    offset += bytes.length;
  };
}

function shown(bytes: string | Uint8Array): string {
  if (typeof bytes === 'string') return quoted(bytes);
  const start = Buffer.from(bytes.subarray(0, contentBytesShown)).toString('latin1');
  const rest = bytes.length - contentBytesShown;
  return rest > 0 ? `${quoted(start)} and ${rest} bytes more` : quoted(start);
}

/** The text as a JavaScript string, with every byte that is not printable ASCII escaped: safe for a terminal. */
function quoted(text: string): string {
  const escaped = text.replace(/[^\x20-\x7e]|["\\]/g, (character) => {
    const short = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '"': '\\"', '\\': '\\\\' }[character];
    return short ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}
