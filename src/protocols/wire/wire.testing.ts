/** For tests: feeds bytes to a reader in different segmentations, and tells what it read. */
import { WireReader, type WireSink } from './read.ts';
import type { Handshake, WireMessage } from './types.ts';

export interface Heard {
  readonly handshakes: Handshake[];
  readonly messages: WireMessage[];
}

/** Has a reader read `bytes` in chunks of `chunkBytes`; errors of the reader come out. */
export function hear(bytes: Uint8Array, chunkBytes = bytes.length): Heard {
  const heard: Heard = { handshakes: [], messages: [] };
  const sink: WireSink = {
    onInfoHash: () => {},
    onHandshake: (handshake) => void heard.handshakes.push(handshake),
    onMessage: (message) => void heard.messages.push(kept(message)),
  };
  const reader = new WireReader(sink);
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    // A copy that is overwritten afterwards: a message that was not copied by then would show it.
    const chunk = Buffer.from(bytes.subarray(start, start + chunkBytes));
    reader.receive(chunk);
    chunk.fill(0xee);
  }
  return heard;
}

/** The message with bytes of its own: those of the reader are lent. */
export function kept(message: WireMessage): WireMessage {
  const entries = Object.entries(message).map(([key, value]) => [
    key,
    value instanceof Uint8Array ? Buffer.from(value) : value,
  ]);
  return Object.fromEntries(entries) as WireMessage;
}
