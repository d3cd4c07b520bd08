/** The flag of every program that serves peers: how fast, at most. */
import type { Flag } from './command.ts';

export const uploadRateFlag = {
  kind: 'number',
  placeholder: 'BYTES',
  min: 1024,
  max: 1e12,
  summary: 'the most that is sent to peers, bytes per second (default: no limit)',
} as const satisfies Flag;
