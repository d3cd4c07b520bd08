/**
 * Text of strangers made fit for a terminal or a log: whatever could move the cursor, change colours, begin a new line
 * or turn the direction of writing is shown as an escape.
 *
 *     a line break, then ESC [ 2 J   ->   \n\u001b[2J
 */

/**
 * Controls (C0, DEL, C1), line separators, marks that reorder text (Trojan source), what has no width and joins nothing
 * (zero-width space, word joiner), byte order mark, lone surrogates. Joiners that scripts and emoji need stay.
 */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060\u061c\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` on one line, with every unprintable character escaped as JSON would have it. Makes no JSON invalid. */
export function printable(text: string): string {
  // Nearly all text is plain ASCII, and this test is ten times as fast as looking for each character that is not.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replace(unprintable, (character) => shortEscapes[character] ?? escapeCode(character.charCodeAt(0)));
}

function escapeCode(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
