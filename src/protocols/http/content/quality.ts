/** How much something is liked (RFC 9110 12.4.2): `0.8`, from 0, "not acceptable", to 1, with up to three decimals. */

const form = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

/** Undefined for what is no quality value. */
export function parseQuality(text: string): number | undefined {
  return form.test(text) ? Number(text) : undefined;
}
