/** Reads the few short fields of a form, sent by a page, by `curl -d`, or as a JSON object. */
import type { HttpRequest } from '../../http/handler.ts';
import { fieldsOfJson } from '../../http/json-fields.ts';
import { readSmallBody } from '../../http/small-body.ts';
import { parseForm } from '../../protocols/http/content/form.ts';
import { parseMediaType } from '../../protocols/http/content/media-type.ts';
import { HttpError } from '../../protocols/http/errors.ts';

/** The most bytes of a form, with room for long paths, percent-encoded. */
const formBytesMax = 16 * 1024;

/**
 * Reads the fields of `request`; `expected` names them in the error. Throws HttpError 400, 413 or 415 (RFC 9110
 * 15.5.16).
 */
export async function readFields(
  request: HttpRequest,
  expected: string,
): Promise<{ get(name: string): string | undefined }> {
  const type = parseMediaType(request.headers.get('content-type') ?? '')?.essence;
  const isJson = type === 'application/json';
  if (!isJson && type !== 'application/x-www-form-urlencoded') {
    throw new HttpError(415, 'media-type', 'send application/x-www-form-urlencoded or application/json');
  }
  const body = await readSmallBody(request, formBytesMax);
  return isJson ? fieldsOfJson(body, expected) : parseForm(body.toString('latin1'));
}
