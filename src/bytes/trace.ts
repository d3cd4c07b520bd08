/**
 * The bytes of a connection, annotated field by field (`--trace`). The readers report each field they took to an
 * `Observer`, in order and without gaps, so what is shown is what was understood.
 *
 *   > 000000  method          "GET"
 *   > 000003  SP              " "
 *   > 000004  request-target  "/files"
 *
 * `>` is said by who asks or has dialled, `<` by the other side, whichever of the two prints the trace. Nothing secret
 * is shown: of credentials, and of all that may be some, readers report the length alone.
 */
import { printable } from './printable.ts';

/**
 * Takes the next field: the specification's name for it, and its bytes (text: one character a byte; a number: so many,
 * which are not to be shown). `value`: the meaning of bytes that are no text of their own.
 */
export type Observer = (field: string, bytes: string | Uint8Array | number, value?: FieldValue) => void;

/** Bytes are shown as text if they are printable, else in hex. */
export type FieldValue = number | bigint | string | Uint8Array;

/** Takes the trace of one protocol, line by line. `remote` names the other side of the connection. */
export type Trace = (line: string, remote: string) => void;

export type Side = '>' | '<';

export const traceNames = ['http', 'tracker', 'wire', 'ipc', 'register', 'directory'] as const;
export type TraceName = (typeof traceNames)[number];

/** The protocols that are traced. */
export type Traces = Readonly<Partial<Record<TraceName, Trace>>>;

/** Bytes of content that are shown; of everything else all, since the limits keep it short. */
const contentBytesShown = 48;
const fieldColumns = 15;

/** Makes an observer that writes one line for each field that is not empty; offsets are in bytes, from 0 on. */
export function traceTo(write: (line: string) => void, side: Side): Observer {
  let offset = 0;
  return (field, bytes, value) => {
    const length = typeof bytes === 'number' ? bytes : bytes.length;
    if (length === 0) return;
    const name = fieldName(field).padEnd(fieldColumns);
    write(`${side} ${String(offset).padStart(6, '0')}  ${name} ${value === undefined ? shown(bytes) : meaning(value)}`);
    offset += length;
  };
}

/** The observer of one direction of a connection with `remote`. */
export function observerOf(trace: Trace | undefined, remote: string, side: Side): Observer | undefined {
  return trace && traceTo((line) => trace(line, remote), side);
}

/** Some fields are named by strangers: keys of dictionaries, parameters of queries. */
function fieldName(field: string): string {
  return /^[ -~]{1,40}$/.test(field) ? field : quoted(field.slice(0, 40));
}

function shown(bytes: string | Uint8Array | number): string {
  if (typeof bytes === 'number') return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  if (typeof bytes === 'string') return quoted(bytes);
  return beginning(bytes, (start) => quoted(start.toString('latin1')));
}

function meaning(value: FieldValue): string {
  if (value instanceof Uint8Array) {
    return beginning(value, (start) => {
      const text = start.toString('latin1');
      return /^[ -~]*$/.test(text) ? quoted(text) : start.toString('hex');
    });
  }
  if (typeof value !== 'string') return String(value);
  return /^[!#-[\]-~]+$/.test(value) ? value : `"${printable(value.replace(/["\\]/g, '\\$&'))}"`;
}

function beginning(bytes: Uint8Array, show: (start: Buffer) => string): string {
  const start = show(Buffer.from(bytes.subarray(0, contentBytesShown)));
  const rest = bytes.length - contentBytesShown;
  return rest > 0 ? `${start} and ${rest} bytes more` : start;
}

/** The text as a JavaScript string, with every byte that is not printable ASCII escaped: safe for a terminal. */
function quoted(text: string): string {
  const escaped = text.replace(/[^\x20-\x7e]|["\\]/g, (character) => {
    const short = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '"': '\\"', '\\': '\\\\' }[character];
    return short ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}
