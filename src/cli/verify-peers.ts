/**
 * `rivulet verify --peers`: has the server's peers verify their copies, and prints the results (`VerifyLine`) line by
 * line. The server does the work.
 */
import { formatCount, formatSize } from '../bytes/format.ts';
import { printable } from '../bytes/printable.ts';
import { parseJson, parseVerifyLine } from '../protocols/api/read.ts';
import type { VerifyLine, VerifyProgressView, VerifySummaryView } from '../protocols/api/verify-types.ts';
import type { CommandIo } from './command.ts';
import { CommandError, exitCode } from './exit.ts';
import { Progress } from './progress.ts';
import { notUnderstood, type ServerCall, streamFromServer } from './server-call.ts';

/** Verifies the peers. Settles with the exit code: a failure when a copy could not be repaired, or not be verified. */
export async function verifyPeers(
  server: string,
  headers: NonNullable<ServerCall['headers']>,
  json: boolean,
  io: CommandIo,
): Promise<number> {
  const call = { method: 'POST', path: '/verify_peers', accept: 'application/json', headers } as const;
  const { body } = await streamFromServer(server, call);
  const display = new Display(io, json);
  let summary: VerifySummaryView | undefined;
  try {
    for await (const text of linesOf(body)) {
      const line = parseVerifyLine(parseJson(text));
      if (line === undefined) throw notUnderstood(server, 'a line that is no finding');
      display.show(line, text);
      summary = 'summary' in line ? line.summary : undefined;
    }
  } finally {
    display.end();
  }
  if (summary === undefined) throw new CommandError(exitCode.unavailable, 'the server stopped before it was done');
  return summary.unhealed > 0 || summary.unverified > 0 ? exitCode.failure : exitCode.ok;
}

/** The lines of `chunks`, without their ends. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
    }
  }
}

/** The output: lines on stdout, a progress bar on a terminal. */
class Display {
  readonly #io: CommandIo;
  readonly #json: boolean;
  #bar: Progress | undefined;
  #doneBytes = 0;

  constructor(io: CommandIo, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  show(line: VerifyLine, text: string): void {
    if ('progress' in line) {
      this.#draw(line.progress);
    } else {
      this.end();
      this.#io.stdout.write(`${this.#json ? text : describe(line)}\n`);
    }
  }

  end(): void {
    this.#bar?.end();
  }

  #draw({ bytes, bytes_total }: VerifyProgressView): void {
    this.#bar ??= new Progress(this.#io.stderr, 'peers', bytes_total);
    this.#bar.add(bytes - this.#doneBytes);
    this.#doneBytes = bytes;
  }
}

function describe(line: Exclude<VerifyLine, { readonly progress: unknown }>): string {
  if ('summary' in line) return describeSummary(line.summary);
  const { peer, problem, message } = line;
  if (!('file' in line)) return printable(`away     ${peer}  ${problem}: ${message}`);
  const { name, file, healed } = line;
  const what = `${'parts' in line ? `pieces ${line.parts}` : `piece ${line.part}`} of ${name} (${file})`;
  if (healed === true) return printable(`healed   ${peer}  ${what}`);
  return printable(`${healed === false ? 'lost' : 'bad '}     ${peer ?? '-'}  ${problem}  ${what}: ${message}`);
}

function describeSummary({ peers, files, pieces, bytes, seconds, ...found }: VerifySummaryView): string {
  const extent = [
    formatCount(peers, 'peer'),
    formatCount(files, 'file'),
    formatCount(pieces, 'copy', 'copies'),
    `${formatSize(bytes)} verified in ${seconds.toFixed(1)} s`,
  ];
  const { bad, healed, unhealed, unverified, offline } = found;
  const outcome = [
    bad === 0 ? 'nothing bad' : `${bad} bad, ${healed} healed`,
    ...(unhealed > 0 ? [`${unhealed} NOT healed`] : []),
    ...(unverified > 0 ? [`${unverified} not looked at`] : []),
    ...(offline.length > 0 ? [printable(`offline: ${offline.join(', ')}`)] : []),
  ];
  return `${extent.join(', ')}: ${outcome.join(', ')}`;
}
