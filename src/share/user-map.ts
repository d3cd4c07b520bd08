/**
 * The map: a file with the address of each user, one `NAME – IP:PORT` a line, fetched from the directory now and then.
 * To fetch a file from a user the map is enough: the directory may be away.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CoalescedTask } from '../async/coalesced-task.ts';
import type { Endpoint } from '../bytes/endpoint.ts';
import { readIfThere, writeFileAtomically } from '../io/files/files.ts';
import { parseUserLine } from '../protocols/directory/read.ts';
import { encodeUserLine } from '../protocols/directory/write.ts';

/** Asks the directory for its users; each line goes to `onLine`. */
export type ListUsers = (onLine: (line: string) => void) => Promise<void>;

/** The addresses of all users, in a file. */
export class UserMap {
  /** The path of the file. */
  readonly path: string;
  readonly #listUsers: ListUsers;
  readonly #refreshes = new CoalescedTask(() => this.#refresh());

  constructor(path: string, listUsers: ListUsers) {
    this.path = path;
    this.#listUsers = listUsers;
  }

  /** Asks for all users and writes the file anew. Fails when the directory is away, or the file cannot be written. */
  refresh(): Promise<void> {
    return this.#refreshes.run();
  }

  /** The endpoint of the user `name`, by the file, else by the directory; undefined when neither knows the name. */
  async find(name: string): Promise<Endpoint | undefined> {
    const known = (await this.users()).get(name);
    if (known !== undefined) return known;
    await this.refresh();
    return (await this.users()).get(name);
  }

  /** All users in the file. Other lines are passed over: a person may have written them. */
  async users(): Promise<ReadonlyMap<string, Endpoint>> {
    const text = (await readIfThere(this.path))?.toString() ?? '';
    const users = text.split('\n').flatMap((line) => parseUserLine(line.trim()) ?? []);
    return new Map(users.map(({ name, address, port }) => [name, { address, port }]));
  }

  async #refresh(): Promise<void> {
    const lines: string[] = [];
    await this.#listUsers((line) => {
      const user = parseUserLine(line);
      if (user !== undefined) lines.push(`${encodeUserLine(user)}\n`);
    });
    await mkdir(dirname(this.path), { recursive: true });
    await writeFileAtomically(this.path, lines.join(''), 0o644);
  }
}
