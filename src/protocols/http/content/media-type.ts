/**
 * Media types (RFC 9110 8.3.1), the values of `Content-Type`.
 *
 *     `Text/HTML; Charset="utf-8"`   ->   essence: text/html, parameters: charset = utf-8
 */
import { type Parameters, parseParameters } from './parameters.ts';

export interface MediaType {
  /** The `type/subtype` in lower case (both are case-insensitive). */
  readonly essence: string;
  readonly parameters: Parameters;
}

const essenceForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+/;

/** The media type that `text` spells; undefined when it is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const essence = essenceForm.exec(text)?.[0];
  if (essence === undefined) return undefined;
  // A field value has no white space at its end (RFC 9110 5.5); one that came from elsewhere may.
  const parameters = parseParameters(text.slice(essence.length).replace(/[ \t]+$/, ''));
  return parameters && { essence: essence.toLowerCase(), parameters };
}
