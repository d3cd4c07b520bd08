/**
 * Parameters of a field value (RFC 9110 5.6.6): the `; name=value` that follow a media type, a disposition or a range
 * of media. Knows nothing of what any of them means.
 *
 *     `; charset=utf-8; boundary="a b"`   ->   charset: utf-8, boundary: a b
 */

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
/** A quoted string (RFC 9110 5.6.4); characters above U+007F are obs-text, or UTF-8 that was decoded. */
const quotedString = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\u{10ffff}]|\\\\[\\t \\x21-\\x7e\\x80-\\u{10ffff}])*"';
/** One step of `parameters = *( OWS ";" OWS [ parameter ] )`. */
const step = new RegExp(`[ \\t]*;[ \\t]*(?:(${token})=(${token}|${quotedString}))?`, 'uy');

export type Parameters = ReadonlyMap<string, string>;

/** Turns the text between the quotes into its meaning. */
export type Unquote = (quoted: string) => string;

/**
 * All parameters of `text`, which begins at the first `;` or is empty. Names come in lower case (they are
 * case-insensitive). Undefined when `text` does not parse, or a name comes twice: two recipients would not agree on
 * which one counts.
 */
export function parseParameters(text: string, unquote: Unquote = unquotePairs): Parameters | undefined {
  const parameters = new Map<string, string>();
  let offset = 0;
  while (offset < text.length) {
    step.lastIndex = offset;
    const match = step.exec(text);
    if (match === null) return undefined;
    offset = step.lastIndex;
    const [, name, value] = match;
    if (name === undefined || value === undefined) continue;
    if (parameters.has(name.toLowerCase())) return undefined;
    parameters.set(name.toLowerCase(), value.startsWith('"') ? unquote(value.slice(1, -1)) : value);
  }
  return parameters;
}

/** Removes the backslashes of quoted pairs (RFC 9110 5.6.4). */
function unquotePairs(quoted: string): string {
  return quoted.replace(/\\(.)/gsu, '$1');
}
