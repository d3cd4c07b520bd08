/** The flags that several programs have. */
import type { Flag } from './command.ts';

/** The server's URL, for programs that call a server. */
export const serverFlag = {
  kind: 'text',
  placeholder: 'URL',
  default: 'http://127.0.0.1:8080',
  summary: 'where the server is',
} as const satisfies Flag;

/** The switch for JSON in place of text. */
export const jsonFlag = { kind: 'switch', summary: 'print what the server says, as JSON' } as const satisfies Flag;

/** The file with the server's token, for programs that change something at the server. */
export const tokenFileFlag = {
  kind: 'text',
  placeholder: 'FILE',
  summary: 'holds the token that a server on other than loopback wants',
} as const satisfies Flag;

/** The limit of the upload speed, for programs that serve BitTorrent peers. */
export const uploadRateFlag = {
  kind: 'number',
  placeholder: 'BYTES',
  min: 1024,
  max: 1e12,
  summary: 'the most that is sent to peers, bytes per second (default: no limit)',
} as const satisfies Flag;
