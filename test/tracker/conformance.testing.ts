/**
 * What a tracker should do, as cases that can be run against any of them. Ours must pass them all (tracker.test.ts);
 * `npx tsx test/tracker/conformance.ts` runs them against another one. Each case has torrents of its own.
 */
import { httpCases } from './cases-http.testing.ts';
import { udpCases } from './cases-udp.testing.ts';
import type { TrackerCase } from './tools.testing.ts';

export { conformanceHashes, Tools } from './tools.testing.ts';

export const trackerCases: readonly TrackerCase[] = [...httpCases, ...udpCases];
