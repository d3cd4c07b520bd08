/** `rivulet ls`: the server's files, in the table that the server makes for terminals. */
import { defineCommand } from './command.ts';
import { exitCode } from './exit.ts';
import { jsonFlag, serverFlag } from './flags.ts';
import { callServer, printableLines } from './server-call.ts';

export const command = defineCommand({
  name: 'ls',
  summary: 'list the files, the newest first; with TEXT only those with it in the name',
  operands: { usage: '[TEXT]', min: 0, max: 1 },
  flags: {
    server: serverFlag,
    limit: { kind: 'number', placeholder: 'N', min: 1, max: 1000, summary: 'at most so many' },
    json: jsonFlag,
  },
  example: 'rivulet ls plan',
  async run({ flags: { server, limit, json }, operands: [text] }, io) {
    const query = new URLSearchParams({
      ...(text !== undefined && { q: text }),
      ...(limit !== undefined && { limit: String(limit) }),
    });
    const accept = json ? 'application/json' : 'text/plain';
    const { body } = await callServer(server, { method: 'GET', path: `/files?${query}`, accept });
    io.stdout.write(printableLines(body.toString()));
    return exitCode.ok;
  },
});
