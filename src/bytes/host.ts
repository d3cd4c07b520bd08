/**
 * Hosts, as they stand in authorities and URLs (RFC 3986 3.2): a name, an IPv4 address, or an IPv6 address in brackets.
 *
 *     hostOf('[::1]:8080')                       [::1]
 *     bareHostOf(new URL('http://[::1]:8080'))   ::1
 */

/** The host of an authority such as `localhost:8080`, without the port; an IPv6 address keeps its brackets. */
export function hostOf(authority: string): string {
  return authority.replace(/:\d*$/, '');
}

/** The host of `url` as sockets take it: an IPv6 address without brackets. */
export function bareHostOf({ hostname }: Pick<URL, 'hostname'>): string {
  return hostname.replace(/^\[|\]$/g, '');
}
