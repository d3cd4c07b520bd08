/**
 * The credentials in `Authorization` (RFC 9110 11.4). The server's policy decides whether they are valid.
 *
 *     Bearer 9f3xQ...                     RFC 6750 2.1: programs
 *     Basic YWRhOnNlY3JldA==              RFC 7617 2: browsers, which ask their users; `ada:secret`
 */

export type Credentials =
  | { readonly kind: 'bearer'; readonly token: string }
  /** A password may be any bytes; a client that heeds our `charset` sends UTF-8. */
  | { readonly kind: 'basic'; readonly password: Uint8Array };

/** The credentials in `header`; undefined for another scheme, and for malformed ones. */
export function parseCredentials(header: string): Credentials | undefined {
  const [, scheme = '', text = ''] = /^(\S+) +(\S+)$/.exec(header) ?? [];
  // 11.1: the scheme is case-insensitive.
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { kind: 'bearer', token: text };
    case 'basic':
      return parseBasic(text);
    default:
      return undefined;
  }
}

const colon = 0x3a;

/** Basic credentials (RFC 7617 2): `user-id ":" password` in base64. Only the password may have colons. */
function parseBasic(text: string): Credentials | undefined {
  const pair = Buffer.from(text, 'base64');
  // Node passes over what is no base64; what it made of the rest would be written in another way.
  if (pair.toString('base64') !== text) return undefined;
  if (pair.some((byte) => byte < 0x20 || byte === 0x7f)) return undefined; // control characters, which neither may have
  const end = pair.indexOf(colon);
  return end < 0 ? undefined : { kind: 'basic', password: pair.subarray(end + 1) };
}
