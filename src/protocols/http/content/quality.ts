/** Quality values (RFC 9110 12.4.2): `0.8`, from 0, "not acceptable", to 1, with up to three decimals. */

const form = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

/** Parses a quality value; undefined when `text` is none. */
export function parseQuality(text: string): number | undefined {
  return form.test(text) ? Number(text) : undefined;
}
