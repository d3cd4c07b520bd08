/**
 * Runs the cases of `conformance.testing.ts` against any tracker on this machine:
 *
 *     npx tsx test/tracker/conformance.ts http://127.0.0.1:6969 6969      its HTTP, then its UDP port
 *     npx tsx test/tracker/conformance.ts --hashes                        the torrents, for a tracker that wants a list
 */

import { UdpClient } from './client.testing.ts';
import { conformanceHashes, Tools, trackerCases } from './conformance.testing.ts';

const [http = '', udpPort] = process.argv.slice(2);
if (http === '--hashes') console.log([...conformanceHashes, 'ff80b3'.padEnd(40, 'c3')].join('\n'));
else await runAll();

async function runAll(): Promise<void> {
  const tracker = { http, udp: { host: '127.0.0.1', port: Number(udpPort) } };
  const hashes = conformanceHashes.values();
  let passed = 0;
  for (const { name, run } of trackerCases) {
    const udp = await UdpClient.open(tracker.udp, '127.0.0.1');
    try {
      await run(new Tools(tracker, udp, hashes));
      passed += 1;
    } catch (error) {
      console.log(`not so: ${name}\n    ${(error as Error).message.split('\n').slice(0, 12).join('\n    ')}`);
    } finally {
      udp.close();
    }
  }
  console.log(`${passed} of ${trackerCases.length} are so`);
}
