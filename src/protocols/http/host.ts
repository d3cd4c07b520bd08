/**
 * The authority of an HTTP URI: `uri-host [ ":" port ]` (RFC 9110 7.2, RFC 3986 3.2), as in the Host field and in
 * absolute-form and authority-form targets. Judges the syntax; the server's policy decides which hosts are ours.
 *
 *   localhost:8080   127.0.0.1   [::1]:8080   files.example.org
 */
import { parseIp } from '../../bytes/ip.ts';

/** A DNS name has at most 253 characters (RFC 1035 3.1.2); a percent-encoded one some more. */
const hostCharactersMax = 255;

/** A reg-name (RFC 3986 3.2.2), whose form covers IPv4 addresses too. */
const regNameForm = /^(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;
const futureForm = /^v[0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+$/i;

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

/** Whether `text` is a port (RFC 3986 3.2.3), which may be empty. */
function isPort(port: string): boolean {
  return /^[0-9]*$/.test(port) && Number(port) <= 0xffff;
}

/** Whether `text` is an IPv6address of RFC 3986 3.2.2, which knows no zone (`%eth0`). */
function isIpv6(text: string): boolean {
  return text.includes(':') && !text.includes('%') && parseIp(text) !== undefined;
}
