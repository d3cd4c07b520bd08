/**
 * Lines of `/proc/net/tcp` and `/proc/net/tcp6` (proc(5)), which name the owner of each socket. Pure.
 *
 *     0: 0100007F:C3B4 0100007F:2329 01 00000000:00000000 00:00000000 00000000  1000        0 862324 1 ...
 *
 * An address is printed as words of 32 bits, each in the order of this machine's bytes.
 */
import type { Endpoint } from './endpoint.ts';
import { ipBytes } from './ip.ts';

/** The two ends of a connection, as the process that accepted it sees them. */
export interface SocketEnds {
  readonly remote: Endpoint;
  readonly local: Endpoint;
}

/** The state ESTABLISHED (tcp_states.h). A socket whose process is gone is in another, and shown as root's. */
const established = '01';

/** Whether the lowest byte of a word comes first on this machine. */
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The beginnings that the client's socket may have in either table, from its own side: its local end, then ours. */
export function clientEntries({ remote, local }: SocketEnds): string[] {
  const [from, to] = [ipBytes(remote.address), ipBytes(local.address)];
  const forms = [{ from, to }];
  if (from.length === 4 && to.length === 4) forms.push({ from: mapped(from), to: mapped(to) });
  return forms.map(
    (form) => `${hexWords(form.from)}:${hexPort(remote.port)} ${hexWords(form.to)}:${hexPort(local.port)} `,
  );
}

/** The owner's uid in `line`, when it is the established socket that one of `entries` names. */
export function ownerIn(line: string, entries: readonly string[]): number | undefined {
  const rest = line.slice(line.indexOf(': ') + 2);
  const entry = entries.find((beginning) => rest.startsWith(beginning));
  if (entry === undefined) return undefined;
  const [state, , , , uid = ''] = rest.slice(entry.length).trim().split(/ +/);
  return state === established && /^\d{1,10}$/.test(uid) ? Number(uid) : undefined;
}

/** An IPv4 address as an IPv6 socket has it (RFC 4291 2.5.5.2). */
function mapped(address: Uint8Array): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address);
}

function hexWords(address: Uint8Array): string {
  const bytes = Buffer.from(address);
  return (isLittleEndian ? bytes.swap32() : bytes).toString('hex').toUpperCase();
}

function hexPort(port: number): string {
  return port.toString(16).padStart(4, '0').toUpperCase();
}
