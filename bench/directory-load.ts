/**
 * Clients of the directory, many of them, in a process of their own: they connect and register files, and some of them
 * then work. Told what to do by lines on stdin, it answers with a line of JSON.
 *
 *     tsx bench/directory-load.ts 8082
 *     connect 5000 20          5000 clients with 20 files each
 *     work 100 10              100 of them register, unregister and list for 10 seconds
 *     {"register":{"count":4012,"p50":0.4,"p99":6.1}, ...}
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What one kind of command took: milliseconds from the sending to the last byte of the answer. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** A person's pause between two commands, on average. */
const pauseMs = 1000;
/** At a time; more would only wait in the backlog. */
const connecting = 50;

class Client {
  readonly name: string;
  readonly #socket: Socket;
  #tail = '';
  #onAnswer: () => void = () => {};
  #port = 20_000;

  constructor(name: string, socket: Socket) {
    this.name = name;
    this.#socket = socket;
    socket.setNoDelay(true);
    // Not decoded whole: the clients shall not be what is measured.
    socket.on('data', (chunk: Buffer) => {
      this.#tail = (this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - 200))).slice(-200);
      if (/(?:^|\n)(?:OK|ERR)[^\n]*\n$/.test(this.#tail)) this.#onAnswer();
    });
  }

  async ask(line: string): Promise<number> {
    this.#tail = '';
    const start = performance.now();
    const answered = new Promise<void>((resolve) => (this.#onAnswer = resolve));
    this.#socket.write(`${line}\n`);
    await answered;
    if (/(?:^|\n)ERR[^\n]*\n$/.test(this.#tail)) throw new Error(`${line}: ${this.#tail}`);
    return performance.now() - start;
  }

  async register(files: number): Promise<void> {
    await this.ask(`register-user ${this.name} ${this.#port}`);
    const paths = Array.from({ length: files }, (_, file) => `/home/${this.name}/Documents/some file ${file}.pdf`);
    await this.ask(`register-files ${this.name} ${paths.join(', ')}`);
  }
}

const port = Number(process.argv[2]);
const clients: Client[] = [];

async function add(count: number, files: number): Promise<void> {
  const all = clients.length + count;
  const worker = async (): Promise<void> => {
    while (clients.length < all) {
      const socket = connect(port, '127.0.0.1');
      const client = new Client(`user${clients.length}`, socket);
      clients.push(client);
      await once(socket, 'connect');
      if (files > 0) await client.register(files);
    }
  };
  await Promise.all(Array.from({ length: connecting }, worker));
}

const commands: readonly { readonly name: string; readonly lines: (client: Client) => readonly string[] }[] = [
  {
    name: 'register-files, unregister-files',
    lines: ({ name }) => [`register-files ${name} /home/${name}/new`, `unregister-files ${name} /home/${name}/new`],
  },
  { name: 'list-users', lines: () => ['list-users'] },
  { name: 'list-files', lines: () => ['list-files'] },
];

/** Each of `count` clients works like a person: something, then a pause. */
async function work(count: number, seconds: number): Promise<Record<string, Latency>> {
  const times = commands.map((): number[] => []);
  const end = performance.now() + seconds * 1000;
  const one = async (client: Client): Promise<void> => {
    await pause(Math.random() * pauseMs);
    while (performance.now() < end) {
      const which = Math.floor(Math.random() * commands.length);
      for (const line of commands[which]?.lines(client) ?? []) times[which]?.push(await client.ask(line));
      await pause(2 * Math.random() * pauseMs);
    }
  };
  await Promise.all(clients.slice(0, count).map(one));
  return Object.fromEntries(commands.map(({ name }, which) => [name, latencyOf(times[which] ?? [])]));
}

/** Each of `count` clients gives its commands one after the other, without a pause. */
async function hurry(count: number, seconds: number): Promise<Record<string, Latency>> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  const one = async (client: Client): Promise<void> => {
    while (performance.now() < end) {
      for (const line of commands[0]?.lines(client) ?? []) times.push(await client.ask(line));
    }
  };
  await Promise.all(clients.slice(0, count).map(one));
  return { [commands[0]?.name ?? '']: latencyOf(times) };
}

function latencyOf(times: readonly number[]): Latency {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [verb, first = 0, second = 0] = line.split(' ').map((word, at) => (at === 0 ? word : Number(word))) as [
      string,
      number?,
      number?,
    ];
    if (verb === 'connect') await add(first, second);
    const result = verb === 'work' ? await work(first, second) : verb === 'hurry' ? await hurry(first, second) : {};
    console.log(JSON.stringify(result));
  }
  process.exit();
}
