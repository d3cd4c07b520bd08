/** What a tracker wants the user to read. */
import { printable } from '../../bytes/printable.ts';
import { responseLimits } from './types.ts';

/** The text that `bytes` are, not too much of it, on one line and without what could harm a terminal. */
export function responseText(bytes: Uint8Array): string {
  // No character has more than four bytes.
  const text = Buffer.from(bytes.subarray(0, responseLimits.textMax * 4)).toString();
  return printable(text.trim().slice(0, responseLimits.textMax));
}

/** Why a tracker refuses, in its words if it has any. */
export function reasonText(bytes: Uint8Array): string {
  return responseText(bytes) || 'refused without a reason';
}
