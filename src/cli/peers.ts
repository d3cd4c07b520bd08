/** `rivulet peers`: all holders of pieces, in the table that the server makes for terminals. */
import { defineCommand } from './command.ts';
import { exitCode } from './exit.ts';
import { jsonFlag, serverFlag } from './flags.ts';
import { callServer, printableLines } from './server-call.ts';

export const command = defineCommand({
  name: 'peers',
  summary: 'list the peers, and what each of them holds',
  operands: { usage: '', min: 0, max: 0 },
  flags: { server: serverFlag, json: jsonFlag },
  example: 'rivulet peers --json',
  async run({ flags: { server, json } }, io) {
    const accept = json ? 'application/json' : 'text/plain';
    const { body } = await callServer(server, { method: 'GET', path: '/peers', accept });
    io.stdout.write(printableLines(body.toString()));
    return exitCode.ok;
  },
});
