/** A JSON object of strings as the body of a request: programs send it where a browser would send a form. */
import { HttpError } from '../protocols/http/errors.ts';

/** The fields of the JSON object in `body`; `expected` tells the client which there should be. Throws HttpError 400. */
export function fieldsOfJson(body: Buffer, expected: string): { get(name: string): string | undefined } {
  const fields = new Map<string, unknown>(Object.entries(parseObject(body, expected)));
  return {
    get: (name) => {
      const field = fields.get(name);
      if (field === undefined || typeof field === 'string') return field;
      throw new HttpError(400, 'bad-json', `"${name}" must be a string`);
    },
  };
}

function parseObject(body: Buffer, expected: string): object {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new HttpError(400, 'bad-json', 'the body is not JSON', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new HttpError(400, 'bad-json', `a JSON object is expected, with ${expected}`);
}
