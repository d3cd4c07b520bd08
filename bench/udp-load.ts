/**
 * Announces by UDP as fast as a tracker answers: several sockets, each with some announces under way. A process of its
 * own, so that it takes no time from whoever measures.
 *
 *     tsx bench/udp-load.ts '{"port":6969,"pid":4711,"swarms":100,"peers":1000,"seconds":3}'
 *     {"answers":301200,"peersPerAnswer":49.8,"seconds":3.001,"cpuSeconds":2.98}
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface UdpLoad {
  /** Of the tracker, on 127.0.0.1. */
  readonly port: number;
  /** The tracker's process. */
  readonly pid: number;
  readonly swarms: number;
  /** Of each swarm. */
  readonly peers: number;
  /** How long to go on, in any order; else every peer announces once. */
  readonly seconds?: number;
}

export interface UdpLoadResult {
  readonly answers: number;
  readonly seconds: number;
  /** That an answer named, on average: who answers with less has less to do. */
  readonly peersPerAnswer: number;
  /** Time on a processor that the tracker took meanwhile. */
  readonly cpuSeconds: number;
}

const sockets = 4;
/** Under way on each socket: enough to keep a tracker busy, and no more than its socket takes in. */
const window = 32;
/** A datagram that got lost is not waited for. */
const patienceMs = 200;
const warmUpMs = 1000;
const firstPort = 10_000;

/** 20 bytes: the number of the torrent, then the same for all; a tracker with a list must know them. */
export function benchHash(swarm: number): Buffer {
  const hash = Buffer.alloc(20, 0xab);
  hash.writeUInt32BE(swarm);
  return hash;
}

class Client {
  answers = 0;
  /** That all answers together named. */
  peers = 0;
  done = false;
  readonly #socket: Socket;
  readonly #port: number;
  readonly #packet: Buffer;
  readonly #next: (packet: Buffer) => boolean;
  #underWay = 0;
  #before = -1;

  /** `next` writes the next announce into the packet; false when there is none. */
  constructor(socket: Socket, port: number, id: Buffer, next: (packet: Buffer) => boolean) {
    this.#socket = socket;
    this.#port = port;
    this.#next = next;
    this.#packet = Buffer.alloc(98);
    this.#packet.set(id);
    this.#packet.writeUInt32BE(1, 8);
    this.#packet.fill('-XX0001-benchbenchbe', 36, 56);
    this.#packet.writeInt32BE(50, 92);
    socket.on('message', (answer) => {
      if (answer.readUInt32BE(0) !== 1) throw new Error(`not an answer to an announce: ${answer.toString('latin1')}`);
      this.peers += (answer.length - 20) / 6;
      this.answers += 1;
      this.#underWay -= 1;
      this.#fill();
    });
    this.#fill();
  }

  /** To be called now and then: begins anew when nothing came since the last time. */
  checkLosses(): void {
    if (this.#before === this.answers) {
      this.#underWay = 0;
      this.#fill();
    }
    this.#before = this.answers;
  }

  #fill(): void {
    while (this.#underWay < window) {
      if (!this.#next(this.#packet)) {
        this.done = true;
        return;
      }
      // Copied: the socket may send it later.
      this.#socket.send(Buffer.from(this.#packet), this.#port, '127.0.0.1');
      this.#underWay += 1;
    }
  }
}

async function connect(port: number): Promise<{ socket: Socket; id: Buffer }> {
  const socket = createSocket({ type: 'udp4', lookup: (_name, _options, callback) => callback(null, '127.0.0.1', 4) });
  const request = Buffer.alloc(16);
  request.writeBigUInt64BE(0x41727101980n);
  socket.send(request, port, '127.0.0.1');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  return { socket, id: Buffer.from(answer.subarray(8)) };
}

async function load({ port, pid, swarms, peers, seconds }: UdpLoad): Promise<UdpLoadResult> {
  const all = swarms * peers;
  let count = 0;
  const next = (packet: Buffer): boolean => {
    if (seconds === undefined && count === all) return false;
    // In steps that meet every peer once before they meet one twice.
    const which = seconds === undefined ? count : (count * 7_919) % all;
    count += 1;
    packet.set(benchHash(which % swarms), 16);
    const peer = Math.floor(which / swarms);
    packet[71] = peer & 1; // every other one is a seeder
    packet.writeUInt16BE(firstPort + peer, 96);
    return true;
  };
  const clients = (await Promise.all(Array.from({ length: sockets }, () => connect(port)))).map(
    ({ socket, id }) => new Client(socket, port, id, next),
  );
  const losses = setInterval(() => {
    for (const client of clients) client.checkLosses();
  }, patienceMs);
  const answered = (): number => clients.reduce((sum, { answers }) => sum + answers, 0);
  if (seconds !== undefined) await pause(warmUpMs);
  const start = { answers: answered(), ms: performance.now(), cpu: cpuSecondsOf(pid) };
  if (seconds !== undefined) await pause(seconds * 1000);
  else while (answered() < all && !clients.every(({ done }) => done)) await pause(50);
  clearInterval(losses);
  return {
    answers: answered() - start.answers,
    peersPerAnswer: clients.reduce((sum, { peers }) => sum + peers, 0) / answered(),
    seconds: (performance.now() - start.ms) / 1000,
    cpuSeconds: cpuSecondsOf(pid) - start.cpu,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** User and system time; Linux counts in hundredths of a second. */
function cpuSecondsOf(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13).map(Number) as [number, number];
  return (user + system) / 100;
}

const [asked] = process.argv.slice(2);
if (import.meta.url === `file://${process.argv[1]}` && asked !== undefined) {
  console.log(JSON.stringify(await load(JSON.parse(asked))));
  process.exit();
}
