/**
 * `rivulet verify`: proves that the server has the files that it lists. Without `--peers` all files are downloaded and
 * hashed, as a user would; with it each peer re-reads its copies, and lost copies are repaired.
 *
 *     $ rivulet verify --peers
 *     bad      p1  corrupt  piece 7 of plan.iso (c9e1...): ...
 *     healed   p1  piece 7 of plan.iso (c9e1...)
 *     2 peers, 1 file, 48 copies, 12.0 MiB verified in 0.3 s: 1 bad, 1 healed
 */
import { usageError } from './arguments.ts';
import { defineCommand } from './command.ts';
import { serverFlag, tokenFileFlag } from './flags.ts';
import { authorization } from './server-call.ts';
import { verifyFiles } from './verify-files.ts';
import { verifyPeers } from './verify-peers.ts';

export const command = defineCommand({
  name: 'verify',
  summary: 'download and hash all files, or those named by id or name; or let the peers verify what they hold',
  operands: { usage: '[FILE...]', min: 0, max: Number.POSITIVE_INFINITY },
  flags: {
    peers: { kind: 'switch', summary: 'every peer re-reads and re-hashes its pieces; what is bad is healed' },
    server: serverFlag,
    'token-file': tokenFileFlag,
    json: { kind: 'switch', summary: 'print what is found as JSON, one object a line' },
  },
  example: 'rivulet verify --peers',
  async run({ flags, operands }, io) {
    if (!flags.peers) return verifyFiles(flags.server, operands, flags.json, io);
    if (operands.length > 0) throw usageError('--peers verifies everything that the peers hold, and takes no FILE');
    return verifyPeers(flags.server, await authorization(flags['token-file']), flags.json, io);
  },
});
