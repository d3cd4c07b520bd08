/** Texts of a tracker for the user: `failure reason` (BEP 3, "trackers"), `warning message`, error packets (BEP 15). */
import { printable } from '../../bytes/printable.ts';
import { responseLimits } from './types.ts';

/** The text in `bytes`, cut to its limit, on one line and without what could harm a terminal. */
export function responseText(bytes: Uint8Array): string {
  // No character has more than four bytes.
  const text = Buffer.from(bytes.subarray(0, responseLimits.textMax * 4)).toString();
  return printable(text.trim().slice(0, responseLimits.textMax));
}

/** The reason for which a tracker refuses, in its words if it has any. */
export function reasonText(bytes: Uint8Array): string {
  return responseText(bytes) || 'refused without a reason';
}
