/**
 * An IP address and a port: the one type for where a socket is, its text, and that text as the key of a map.
 *
 *     127.0.0.1:6881    [2001:db8::1]:6881
 */
import { formatIp, parseIp } from './ip.ts';

export interface Endpoint {
  /** An IP address, IPv6 without brackets. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * The endpoint that `127.0.0.1:6881` or `[::1]:6881` spells; undefined for anything else, names of hosts too: whoever
 * wrote the text shall not have us look one up.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseIp(bracketed ?? plain);
  const port = Number(digits);
  return address === undefined || port < 1 || port > 65_535 ? undefined : { address: formatIp(address), port };
}

/** An endpoint's text, which is also its key in maps and sets; an IPv6 address is in brackets (RFC 3986 3.2.2). */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
