/** `rivulet share` as a process that is told what to do, line by line. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Running, rivulet, startProgram } from '../programs.testing.ts';

/** The last line of the help. */
const helpEnd = /^inside is written twice/;

export class Sharer {
  readonly running: Running;
  /** Where its files are, and its map. */
  readonly folder: string;
  /** `host:port` of its mini-server. */
  readonly address: string;

  constructor(running: Running, folder: string, address: string) {
    this.running = running;
    this.folder = folder;
    this.address = address;
  }

  get mapPath(): string {
    return join(this.folder, 'map');
  }

  /** Types `line`, and settles with what it prints, up to a line of stdout or stderr that `form` matches. */
  async type(line: string, form: RegExp): Promise<string[]> {
    const fresh = { lines: this.running.lines.length, errors: this.running.errors.length };
    this.running.child.stdin?.write(`${line}\n`);
    for (;;) {
      const said = [...this.running.lines.slice(fresh.lines), ...this.running.errors.slice(fresh.errors)];
      if (said.some((one) => form.test(one))) return said;
      if (this.running.ended) throw new Error(`no ${form} in:\n${said.join('\n')}`);
      await this.running.change();
    }
  }

  /** All that a command prints on stdout, sorted: of people and files nobody knows who comes first. */
  async list(command: 'list-users' | 'list-files'): Promise<string[]> {
    const said = await this.type(`${command}\nhelp`, helpEnd);
    return said
      .slice(
        0,
        said.findIndex((line) => line.startsWith('list-users  ')),
      )
      .sort();
  }

  /** No more commands. Settles with the exit code. */
  async quit(): Promise<number | NodeJS.Signals> {
    this.running.child.stdin?.end();
    return this.running.over();
  }
}

/** Starts it in `ROOT/NAME` and waits until it is registered. */
export async function startSharer(
  t: TestContext,
  name: string,
  { root, directory }: { readonly root: string; readonly directory: string },
  ...flags: string[]
): Promise<Sharer> {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const args = ['share', name, '--server', directory, '--map', join(folder, 'map'), ...flags];
  const running = startProgram(t, rivulet, args, folder, 'pipe');
  const [, address = ''] = await running.line(/others fetch from (\S+);/);
  const sharer = new Sharer(running, folder, address);
  await sharer.type('help', helpEnd);
  return sharer;
}
