/**
 * `Content-Disposition` of a response (RFC 6266): the name to save the content under, and whether to show it.
 *
 *     naïve "plan".txt   ->   attachment; filename="na_ve _plan_.txt"; filename*=UTF-8''na%C3%AFve%20%22plan%22.txt
 */

/**
 * The field's value. The `name` may hold anything: it cannot end the quoted string or the field line. A name that old
 * clients could misread comes twice (RFC 6266 4.3): plain, with `_` for unsafe characters, and exact by RFC 8187.
 */
export function encodeContentDisposition(kind: 'attachment' | 'inline', name: string): string {
  const fallback = name.replace(unsafe, '_');
  const extended = fallback === name ? '' : `; filename*=UTF-8''${encodeExtendedValue(name)}`;
  return `${kind}; filename="${fallback}"${extended}`;
}

/**
 * Characters that cannot stand in the quotes or are read differently by different clients (RFC 6266 D): anything but
 * printable ASCII, the quote, escapes by backslash and by percent, and separators of paths.
 */
const unsafe = /["%/\\]|[^\x20-\x7e]/gu;

/** The extended value (RFC 8187 3.2.1): `attr-char` as it is, every other byte of the UTF-8 as `%XX`. */
function encodeExtendedValue(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9!#$&+\-.^_`|~]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
