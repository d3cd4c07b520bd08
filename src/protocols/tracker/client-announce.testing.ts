/** For tests: the announce of a client. */
import type { ClientAnnounce } from './types.ts';

/** All of it, but for what `differs`. */
export function clientAnnounce(differs: Partial<ClientAnnounce> = {}): ClientAnnounce {
  return {
    infoHash: Buffer.from('123456789abcdef123456789abcdef123456789a', 'hex'),
    peerId: Buffer.from('-RV0100-abc.~_-()/&='),
    port: 6881,
    uploadedBytes: 1,
    downloadedBytes: 2,
    leftBytes: 3,
    event: 'none',
    wanted: 50,
    key: 0xabc,
    ...differs,
  };
}
