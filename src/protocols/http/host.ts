/**
 * The authority of an HTTP URI: `uri-host [ ":" port ]` (RFC 9110 7.2, RFC 3986 3.2), as in the Host field and in
 * absolute-form and authority-form targets. Judges the syntax; which hosts are ours is the server's policy.
 *
 *   localhost:8080   127.0.0.1   [::1]:8080   files.example.org
 */

/** A DNS name has at most 253 characters (RFC 1035 3.1.2); a percent-encoded one some more. */
const hostCharactersMax = 255;

/** RFC 3986 3.2.2 reg-name; it covers IPv4 addresses too. */
const regNameForm = /^(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;
const futureForm = /^v[0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+$/i;
const ipv4Form = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const groupForm = /^[0-9A-Fa-f]{1,4}$/;

/**
 * Whether `text` is a valid authority with a host that is not empty (RFC 9110 4.2.1), without user information (4.2.4).
 */
export function isAuthority(text: string): boolean {
  const colon = text.indexOf(':', text.lastIndexOf(']') + 1);
  return colon < 0 ? isHost(text) : isHost(text.slice(0, colon)) && isPort(text.slice(colon + 1));
}

function isHost(host: string): boolean {
  if (host.length > hostCharactersMax) return false;
  if (!host.startsWith('[')) return regNameForm.test(host);
  const literal = host.slice(1, -1);
  return host.endsWith(']') && (isIpv6(literal) || futureForm.test(literal));
}

/** RFC 3986 3.2.3: it may be empty. */
function isPort(port: string): boolean {
  return /^[0-9]*$/.test(port) && Number(port) <= 0xffff;
}

/**
 * RFC 3986 3.2.2 IPv6address: eight groups, `::` for one or more of zeros, an IPv4 address for the last two. No zone.
 */
function isIpv6(text: string): boolean {
  const [left = '', right, ...more] = text.split('::');
  if (more.length > 0) return false;
  const count = groupCount(left, right === undefined) + groupCount(right ?? '', true);
  return right === undefined ? count === 8 : count <= 7;
}

/** How many groups `text` is; not a number when it is none. `last`: it ends the address, so it may end in IPv4. */
function groupCount(text: string, last: boolean): number {
  if (text === '') return 0;
  const groups = text.split(':');
  const tail = groups.at(-1) ?? '';
  const ipv4 = last && ipv4Form.test(tail);
  const plain = ipv4 ? groups.slice(0, -1) : groups;
  return plain.every((group) => groupForm.test(group)) ? plain.length + (ipv4 ? 2 : 0) : Number.NaN;
}
