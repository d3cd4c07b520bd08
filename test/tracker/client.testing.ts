/** A tracker's client that can be as wrong as a test wants: raw queries over HTTP, raw datagrams over UDP. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Bencode, Dictionary, parseBencode } from '../../src/protocols/bencode/read.ts';
import {
  type AnnounceFields,
  announceRequest,
  connectRequest,
  scrapeRequest,
} from '../../src/protocols/tracker/udp/udp.testing.ts';

export interface ClientResponse {
  readonly status: number;
  /** One character a byte. */
  readonly head: string;
  readonly body: Buffer;
}

/** Sends `target` as it stands, one character a byte, and reads until the server closes. */
export async function httpGet(base: string, target: string, version = '1.1'): Promise<ClientResponse> {
  const { hostname, port, host } = new URL(base);
  const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
  const fields = version === '1.0' ? '' : `Host: ${host}\r\nConnection: close\r\n`;
  socket.end(Buffer.from(`GET ${target} HTTP/${version}\r\n${fields}\r\n`, 'latin1'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.toString('latin1', 0, end);
  return { status: Number(head.split(' ')[1]), head, body: bytes.subarray(end + 4) };
}

export interface HttpAnnounce {
  /** 40 hex digits. */
  readonly infoHash: string;
  readonly port: number;
  /** More of the query, as it stands. */
  readonly more?: string;
}

export function announceTarget({ infoHash, port, more = '' }: HttpAnnounce): string {
  const peerId = `-XX0001-${String(port).padStart(12, '0')}`;
  return `/announce?info_hash=${escaped(infoHash)}&peer_id=${peerId}&port=${port}&uploaded=0&downloaded=0${more}`;
}

/** Every byte of `hex` as %XX. */
export function escaped(hex: string): string {
  return hex.replace(/../g, '%$&');
}

/** The dictionary that the tracker answers; fails when it is not canonical bencode. */
export async function httpAsk(base: string, target: string): Promise<Dictionary> {
  const { body } = await httpGet(base, target);
  const value: Bencode = parseBencode(body);
  if (value instanceof Dictionary) return value;
  throw new Error('the answer is no dictionary');
}

/** `address:port` of each peer in an answer, of whatever form, sorted. */
export function peersOf(answer: Dictionary): string[] {
  const peers = answer.get('peers');
  if (Buffer.isBuffer(peers)) return compactPeers(peers);
  if (!Array.isArray(peers)) throw new Error('the answer has no peers');
  return (peers as Dictionary[]).map((peer) => `${peer.get('ip')}:${peer.get('port')}`).sort();
}

export function compactPeers(bytes: Buffer): string[] {
  if (bytes.length % 6 !== 0) throw new Error(`${bytes.length} bytes are no list of peers`);
  return Array.from({ length: bytes.length / 6 }, (_, index) => {
    const record = bytes.subarray(index * 6, index * 6 + 6);
    return `${record.subarray(0, 4).join('.')}:${record.readUInt16BE(4)}`;
  }).sort();
}

/** A UDP client at one address. */
export class UdpClient {
  readonly #socket: Socket;
  readonly #to: { readonly host: string; readonly port: number };

  private constructor(socket: Socket, to: { readonly host: string; readonly port: number }) {
    this.#socket = socket;
    this.#to = to;
  }

  static async open(to: { readonly host: string; readonly port: number }, from?: string): Promise<UdpClient> {
    const socket = createSocket(to.host.includes(':') ? 'udp6' : 'udp4').bind(0, from);
    await once(socket, 'listening');
    return new UdpClient(socket, to);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): void {
    this.#socket.close();
  }

  /**
   * What `datagram` is answered with; undefined for silence, which is known from the answer to what is sent next:
   * between two sockets of one machine datagrams keep their order.
   */
  async ask(datagram: Buffer): Promise<Buffer | undefined> {
    const marker = 0x5afe5afe;
    this.#socket.send(datagram, this.#to.port, this.#to.host);
    this.#socket.send(connectRequest(marker), this.#to.port, this.#to.host);
    const first = await this.#receive();
    if (first.readUInt32BE(0) === 0 && first.readUInt32BE(4) === marker) return undefined;
    await this.#receive();
    return first;
  }

  /** The datagram that comes next after `datagram` is sent. */
  async exchange(datagram: Buffer): Promise<Buffer> {
    this.#socket.send(datagram, this.#to.port, this.#to.host);
    return this.#receive();
  }

  /** A fresh connection id. */
  async connectionId(): Promise<Buffer> {
    const answer = await this.ask(connectRequest());
    if (answer?.length !== 16) throw new Error('connecting was not answered with 16 bytes');
    return answer.subarray(8);
  }

  async announce(fields: AnnounceFields): Promise<Buffer | undefined> {
    return this.ask(announceRequest({ id: await this.connectionId(), ...fields }));
  }

  async scrape(hashes: readonly string[]): Promise<Buffer | undefined> {
    return this.ask(scrapeRequest(hashes, await this.connectionId()));
  }

  async #receive(): Promise<Buffer> {
    const [answer] = (await once(this.#socket, 'message', { signal: AbortSignal.timeout(5_000) })) as [Buffer];
    return answer;
  }
}
