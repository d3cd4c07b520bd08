/**
 * `rivulet peers`: all holders of pieces, in the table that the server makes for terminals.
 *
 *     $ rivulet peers forget p2
 *     p2 is forgotten
 */
import { printable } from '../bytes/printable.ts';
import { usageError } from './arguments.ts';
import { type CommandIo, defineCommand } from './command.ts';
import { exitCode } from './exit.ts';
import { jsonFlag, serverFlag, tokenFileFlag } from './flags.ts';
import { authorization, callServer, printableLines } from './server-call.ts';

export const command = defineCommand({
  name: 'peers',
  summary: 'list the peers, and what each of them holds; or forget one that is gone for good',
  operands: { usage: '[forget ID]', min: 0, max: 2 },
  flags: { server: serverFlag, 'token-file': tokenFileFlag, json: jsonFlag },
  example: 'rivulet peers forget p2',
  async run({ flags, operands: [verb, id] }, io) {
    if (verb === undefined) return list(flags, io);
    if (verb !== 'forget') throw usageError(`a peer can only be forgotten: rivulet peers forget ID, not "${verb}"`);
    if (id === undefined) throw usageError('forget needs the ID of a peer: rivulet peers forget ID');
    return forget(id, flags, io);
  },
});

interface Flags {
  readonly server: string;
  readonly 'token-file': string | undefined;
  readonly json: boolean;
}

async function list({ server, json }: Flags, { stdout }: CommandIo): Promise<number> {
  const accept = json ? 'application/json' : 'text/plain';
  const { body } = await callServer(server, { method: 'GET', path: '/peers', accept });
  stdout.write(printableLines(body.toString()));
  return exitCode.ok;
}

async function forget(id: string, flags: Flags, { stdout }: CommandIo): Promise<number> {
  const path = `/peers?id=${encodeURIComponent(id)}`;
  const headers = await authorization(flags['token-file']);
  await callServer(flags.server, { method: 'DELETE', path, accept: 'application/json', headers });
  stdout.write(flags.json ? `${JSON.stringify({ forgotten: id })}\n` : `${printable(id)} is forgotten\n`);
  return exitCode.ok;
}
