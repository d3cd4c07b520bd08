/**
 * The head of one part of a form (RFC 7578 4): the name of its field, and of its file. Its place in the body is the
 * business of `multipart.ts`.
 *
 *     Content-Disposition: form-data; name="file"; filename="plan.txt"
 *     Content-Type: text/plain
 */
import { HttpError } from '../errors.ts';
import { parseParameters } from './parameters.ts';

export interface PartHead {
  /** The name of the form field. */
  readonly name: string;
  /** The file's name; absent when the field is no file, empty when the user chose none. */
  readonly fileName?: string;
  /** The type, as sent. */
  readonly contentType?: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** A field line (RFC 5322 2.2), with UTF-8 in its value as browsers send it (RFC 7578 5.1.1). */
const lineForm = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\u0000-\u0008\u000a-\u001f\u007f]*)$/;

/** Parses `bytes`, everything between the boundary line and the empty line. Throws a HttpError. */
export function parsePartHead(bytes: Uint8Array): PartHead {
  const fields = parseFields(bytes);
  refuseTransferEncoding(fields.get('content-transfer-encoding'));
  const { name, fileName } = parseFormData(fields.get('content-disposition'));
  const contentType = fields.get('content-type');
  return {
    name,
    ...(fileName === undefined ? {} : { fileName }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

function parseFields(bytes: Uint8Array): Map<string, string> {
  const fields = new Map<string, string>();
  // RFC 5322 2.2.3: a line break before white space only folds the line.
  const unfolded = decode(bytes).replace(/\r\n(?=[ \t])/g, '');
  for (const line of unfolded.split('\r\n')) {
    if (line === '') continue;
    const match = lineForm.exec(line);
    if (match === null) throw malformed('a line of its head is not "name: value"');
    const [, name = '', value = ''] = match;
    if (fields.has(name.toLowerCase())) throw malformed(`its head has ${name} twice`);
    fields.set(name.toLowerCase(), value.trimEnd());
  }
  return fields;
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw malformed('its head is not UTF-8', cause);
  }
}

/** Parses `Content-Disposition` (RFC 7578 4.2). `filename*` must not be used in forms, so it is skipped. */
function parseFormData(disposition: string | undefined): { name: string; fileName: string | undefined } {
  const type = /^form-data(?=[ \t;]|$)/i.exec(disposition ?? '')?.[0];
  if (disposition === undefined || type === undefined) throw malformed('it has no Content-Disposition: form-data');
  const parameters = parseParameters(disposition.slice(type.length), unquoteFormName);
  const name = parameters?.get('name');
  if (parameters === undefined || name === undefined) throw malformed('its Content-Disposition has no name="..."');
  return { name, fileName: parameters.get('filename') };
}

/**
 * The text of a quoted value. Browsers write `"` as %22 and line breaks as %0D and %0A, and nothing else in that way
 * (WHATWG HTML 4.10.21.8); older programs write `\"` and `\\`. Any other backslash stands for itself: browsers do not
 * escape it.
 */
function unquoteFormName(quoted: string): string {
  return quoted.replace(/\\(["\\])|%(22|0[AD])/gi, (_, escaped: string | undefined, hex: string) => {
    return escaped ?? String.fromCharCode(Number.parseInt(hex, 16));
  });
}

/** Refuses Content-Transfer-Encoding (deprecated, RFC 7578 4.7): ignoring it would store base64 instead of the file. */
function refuseTransferEncoding(encoding: string | undefined): void {
  if (encoding === undefined || /^(?:7bit|8bit|binary)$/i.test(encoding)) return;
  throw malformed('it has a Content-Transfer-Encoding; parts are sent as they are');
}

function malformed(fault: string, cause?: unknown): HttpError {
  return new HttpError(400, 'multipart-part', `a part of the form is malformed: ${fault}`, { cause });
}
