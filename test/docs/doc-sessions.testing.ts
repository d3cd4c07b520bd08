/**
 * Runs the sessions that are shown in documents, so that they cannot rot. A block marked `shell-session` is one
 * session, in one bash with its variables, descriptors and background jobs. Lines that begin with `$ ` are typed, all
 * the others must come out, in this order; `…` stands for anything, also for several lines.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The `shell-session` blocks of a document in `docs/`. */
export function sessionsOf(document: string): string[] {
  const text = readFileSync(fileURLToPath(new URL(`../../docs/${document}`, import.meta.url)), 'utf8');
  const sessions = [...text.matchAll(/^```shell-session\n(.*?)^```$/gms)].map(([, session]) => session as string);
  assert.ok(sessions.length > 0, `${document} shows no session`);
  return sessions;
}

/** Types the commands of `session` in the folder `cwd` and asserts that what is shown comes out. */
export async function assertSession(session: string, cwd: string): Promise<void> {
  const lines = session.trimEnd().split('\n');
  const commands = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  const expected = lines.filter((line) => !line.startsWith('$ '));
  // A process group of its own, so that whatever the session leaves behind can be ended with it.
  const bash = spawn('bash', ['-c', commands.join('\n')], { cwd, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  bash.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const closed = once(bash, 'close'); // once nobody can write to its stdout any more
  await once(bash, 'exit');
  endGroup(bash.pid as number);
  await closed;
  const form = expected.join('\n').split('…').map(literally).join('[^]*?');
  assert.match(output.replaceAll('\r\n', '\n').trimEnd(), new RegExp(`^${form}$`));
}

/** As a regular expression that matches `text` alone. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // nobody was left
  }
}
