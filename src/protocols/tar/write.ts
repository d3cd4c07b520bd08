/**
 * Archives as `tar` reads them (POSIX.1-2017, utility pax: "pax Interchange Format", "ustar Interchange Format"): of
 * plain files only, and so that every length is known before the first byte.
 *
 *     head 512 | content, zeros up to the next 512 | head | content ... | 1024 zeros
 *
 * Values that do not fit into the head's fields of fixed width stand in a head and content of their own before it.
 */

/** The number of bytes of a block, of which everything in an archive is made. */
const blockBytes = 512;

/** The end of an archive: two blocks of zeros. */
export const tarEnd: Uint8Array = new Uint8Array(2 * blockBytes);

/** The number of zeros after a content of `length` bytes. */
export function tarPadding(length: number): number {
  return (blockBytes - (length % blockBytes)) % blockBytes;
}

export interface TarMember {
  /** The path, separated by `/`, no `/` first, no `.` or `..` in it. */
  readonly path: string;
  /** The number of bytes. */
  readonly length: number;
  /** The time of the last change, in seconds since 1970. */
  readonly modified: number;
}

/** The head that stands before the content of `member`. */
export function encodeTarHead(member: TarMember): Buffer {
  const records = paxRecords(member);
  if (records.length === 0) return encodeHead(member, 'file');
  const about = { path: 'PaxHeader', length: records.length, modified: member.modified };
  return Buffer.concat([
    encodeHead(about, 'pax'),
    records,
    Buffer.alloc(tarPadding(records.length)),
    encodeHead(member, 'file'),
  ]);
}

/** The longest name of the head, and the largest number that 11 octal digits hold. */
const [nameBytesMax, lengthMax] = [100, 0o77777777777];

/**
 * Extended records, `LENGTH KEY=VALUE LF`, where the length counts its own digits too; empty when the head suffices.
 */
function paxRecords({ path, length }: TarMember): Buffer {
  const fits = /^[\x20-\x7e]*$/.test(path) && path.length <= nameBytesMax;
  const records = [...(fits ? [] : [`path=${path}`]), ...(length <= lengthMax ? [] : [`size=${length}`])];
  return Buffer.from(records.map(paxRecord).join(''));
}

function paxRecord(text: string): string {
  const rest = Buffer.byteLength(text) + 2;
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length += 1;
  return `${length} ${text}\n`;
}

function encodeHead({ path, length, modified }: TarMember, kind: 'file' | 'pax'): Buffer {
  const head = Buffer.alloc(blockBytes);
  head.write(path.replace(/[^\x20-\x7e]/g, '_'), 0, nameBytesMax, 'latin1');
  head.write('0000644\0', 100); // mode
  head.write('0000000\x000000000\0', 108); // user and group: whoever extracts it
  head.write(`${octal(Math.min(length, lengthMax))}\0${octal(modified)}\0`, 124);
  head.write('        ', 148); // the checksum, as spaces while it is summed up
  head.write(kind === 'file' ? '0' : 'x', 156);
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

function octal(value: number): string {
  return value.toString(8).padStart(11, '0');
}
