/**
 * Text of strangers made fit for a terminal or a log: whatever could move the cursor, change colours, begin a new line or
 * turn the direction of writing is shown as an escape.
 *
 *     "a\n\u001b[2Jb"   ->   a\n\x1b[2Jb
 */

/** Controls (C0, DEL, C1), line separators, marks that reorder text (Trojan source), byte order mark, lone surrogates. */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` on one line, with every unprintable character escaped as JavaScript would write it. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => shortEscapes[character] ?? escapeCode(character.charCodeAt(0)));
}

function escapeCode(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
