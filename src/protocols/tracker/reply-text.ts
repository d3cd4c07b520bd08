/** What a tracker wants the user to read. */
import { printable } from '../../bytes/printable.ts';
import { replyLimits } from './types.ts';

/** The text that `bytes` are, not too much of it, on one line and without what could harm a terminal. */
export function replyText(bytes: Uint8Array): string {
  // No character has more than four bytes.
  const text = Buffer.from(bytes.subarray(0, replyLimits.textMax * 4)).toString();
  return printable(text.trim().slice(0, replyLimits.textMax));
}

/** Why a tracker refuses, in its words if it has any. */
export function reasonText(bytes: Uint8Array): string {
  return replyText(bytes) || 'refused without a reason';
}
