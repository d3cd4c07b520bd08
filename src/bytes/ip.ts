/**
 * IP addresses between text and bytes. It knows the notation, and nothing of ports, sockets or names.
 *
 *     127.0.0.1          <->  7f 00 00 01
 *     2001:db8::1        <->  20 01 0d b8 00 … 00 01
 *     ::ffff:127.0.0.1    ->  7f 00 00 01: how a socket that listens on IPv6 shows an IPv4 client (RFC 4291 2.5.5.2)
 */

/** An address: 4 bytes for IPv4, 16 for IPv6; never an IPv6 address that stands for an IPv4 one. */
export type IpAddress = Uint8Array;

const [dot, zero, nine] = [0x2e, 0x30, 0x39];

/** The address that `text` spells, a zone (`%eth0`) aside; undefined when it spells none. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** The bytes of an address that the kernel gave us, which therefore spells one. */
export function ipBytes(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`not an address: "${text}"`);
  return address;
}

/** The text that RFC 5952 4 prescribes: the longest run of zeros left out, hex in lower case. */
export function formatIp(address: IpAddress): string {
  return address.length === 4 ? address.join('.') : formatIpv6(address);
}

export function isSameIp(a: IpAddress, b: IpAddress): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Whether the address stands for this machine alone (RFC 1122 3.2.1.3, RFC 4291 2.5.3). */
export function isLoopbackIp(address: IpAddress): boolean {
  return address.length === 4 ? address[0] === 127 : formatIp(address) === '::1';
}

/**
 * Whether `host`, a name or an address as in a configuration, a URL or a socket, stands for this machine alone.
 * Brackets of an IPv6 address are passed over; an IPv4 address may be written as an IPv6 socket shows it
 * (`::ffff:127.0.0.1`).
 */
export function isLoopbackHost(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const address = parseIp(host.replace(/^\[(.*)\]$/, '$1'));
  return address !== undefined && isLoopbackIp(address);
}

/**
 * The address of a socket's other end, in its usual notation: a socket that listens on IPv6 shows an IPv4 client as
 * `::ffff:192.0.2.1` (RFC 4291 2.5.5.2), which is `192.0.2.1` here. Empty for a socket that has no other end any more.
 */
export function socketAddress(address: string | undefined): string {
  return address === undefined ? '' : address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Whether the address is `0.0.0.0` or `::`, on which a socket takes what comes to any address of the machine. */
export function isAnyIp(address: IpAddress): boolean {
  return address.every((byte) => byte === 0);
}

/**
 * The bytes of four decimal numbers without leading zeros, which some read as octal. A UDP tracker parses one for every
 * datagram.
 */
function parseIpv4(text: string): IpAddress | undefined {
  const address = new Uint8Array(4);
  let index = 0;
  let value = -1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === dot) {
      if (value < 0 || index === 3) return undefined;
      address[index] = value;
      index += 1;
      value = -1;
    } else {
      if (code < zero || code > nine || value === 0) return undefined;
      value = value < 0 ? code - zero : value * 10 + code - zero;
      if (value > 255) return undefined;
    }
  }
  if (value < 0 || index !== 3) return undefined;
  address[3] = value;
  return address;
}

function parseIpv6(text: string): IpAddress | undefined {
  const [left = '', right, ...more] = text.replace(/%.*$/, '').split('::');
  const head = groupBytes(left, right === undefined);
  const tail = groupBytes(right ?? '', true);
  if (head === undefined || tail === undefined || more.length > 0) return undefined;
  const missing = 16 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 2) return undefined;
  const address = Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
  return isMapped(address) ? address.subarray(12) : address;
}

/** The bytes of `1:203:405`; `last`: these groups end the address, so the last of them may be an IPv4 address. */
function groupBytes(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const ipv4 = last && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 !== undefined) {
      bytes.push(...ipv4);
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

function isMapped(address: IpAddress): boolean {
  return address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 0xff && address[11] === 0xff;
}

function formatIpv6(address: IpAddress): string {
  const view = new DataView(address.buffer, address.byteOffset, 16);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16));
  const text = groups.join(':');
  // RFC 5952 4.2: the longest run of two or more zero groups, the first of several.
  const runs = text.match(/\b0(?::0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const at = text.search(new RegExp(`(?<![0-9a-f])${longest}(?![0-9a-f])`));
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`;
}
