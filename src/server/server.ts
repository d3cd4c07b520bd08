/**
 * The server as a whole: opens its doors, lists what it should, and closes everything in order.
 *
 *     const server = await openServer({ config, root, log });
 *     server.doors      [{ name: 'http', address: 'http://127.0.0.1:8080' }, { name: 'udp', address: '127.0.0.1:8081' }]
 *     await server.listInitFiles();
 *     await server.close();
 */
import { join } from 'node:path';
import { type DatagramListener, openDatagramListener } from '../io/datagram.ts';
import type { Log } from '../io/log.ts';
import { lockFolder } from '../io/lock.ts';
import type { Config } from './config.ts';
import { createDispatcher } from './dispatcher.ts';
import { renderError } from './error-response.ts';
import type { Handler } from './exchange.ts';
import type { Health } from './handlers/health.ts';
import { answerRegistration } from './handlers/register-peer.ts';
import { type HttpListener, openHttpListener } from './http/listener.ts';
import { listInitFiles } from './init-files.ts';
import { type Domain, openDomain } from './open-domain.ts';
import { checkPolicy, type Policy } from './policy.ts';
import { createRoutes } from './routes.ts';
import { openToken } from './token.ts';

export interface ServerOptions {
  /** With absolute paths. */
  readonly config: Config;
  readonly root: string;
  readonly log: Log;
  /** Prints each HTTP connection, annotated. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface Door {
  readonly name: 'http' | 'udp';
  /** As it is printed: a URL for HTTP, else `host:port`. */
  readonly address: string;
}

/** How long running requests may take to finish once the server is told to stop. */
const drainDeadlineMs = 30_000;
/** How often peers that are away are looked at; each has its own back-off. */
const retryPeersMs = 1000;

export async function openServer(options: ServerOptions): Promise<Server> {
  const { config, root, log } = options;
  const unlock = await lockFolder(config.paths.metadata);
  const domain = await openDomain(config, root, log);
  const health: Health = { phase: 'starting' };
  const handle = createHandler(options, domain, health, await openPolicy(config));
  const { host, port } = config.http;
  const { trace } = options;
  const limits = { bodyBytes: config.http.max_upload_bytes ?? Number.POSITIVE_INFINITY };
  const http = await openHttpListener({ host, port, handle, renderError, limits, log, ...(trace && { trace }) });
  const udp = await openDatagramListener({
    host,
    port: config.udp.port,
    answer: (datagram, address) => answerRegistration(domain, datagram, address),
    onError: (error) => log.error('udp', 'a datagram could not be answered', {}, error),
  });
  return new Server(options, domain, health, http, udp, unlock);
}

function createHandler({ config }: ServerOptions, domain: Domain, health: Health, policy: Policy): Handler {
  const dispatch = createDispatcher(createRoutes(domain, health, config.paths.static));
  return (request) => {
    checkPolicy(request, policy);
    return dispatch(request);
  };
}

async function openPolicy({ http, auth, paths }: Config): Promise<Policy> {
  const token = isLoopback(http.host) ? null : await openToken(auth.token_file ?? join(paths.metadata, 'token'));
  return { allowedHosts: http.allowed_hosts.map((name) => name.toLowerCase()), token };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

export class Server {
  readonly #options: ServerOptions;
  readonly #domain: Domain;
  readonly #health: Health;
  readonly #http: HttpListener;
  readonly #udp: DatagramListener;
  readonly #unlock: () => Promise<void>;
  readonly #retryTimer: NodeJS.Timeout;

  constructor(
    options: ServerOptions,
    domain: Domain,
    health: Health,
    http: HttpListener,
    udp: DatagramListener,
    unlock: () => Promise<void>,
  ) {
    this.#options = options;
    this.#domain = domain;
    this.#health = health;
    this.#http = http;
    this.#udp = udp;
    this.#unlock = unlock;
    this.#retryTimer = setInterval(() => this.#retryPeers(), retryPeersMs);
    this.#retryPeers();
  }

  get doors(): readonly Door[] {
    return [
      { name: 'http', address: `http://${authority(this.#http.address, this.#http.port)}` },
      { name: 'udp', address: authority(this.#udp.host, this.#udp.port) },
    ];
  }

  /** Lists `server_init_files/`, then says on `/readyz` that the server is ready. */
  async becomeReady(): Promise<void> {
    const { config } = this.#options;
    await listInitFiles(this.#domain, config.paths.init_files, config.piece_size);
    this.#health.phase = 'ready';
  }

  /** Settles when a peer of that name is online, or `deadlineMs` have passed: then with false. */
  async close(): Promise<void> {
    this.#health.phase = 'draining';
    clearInterval(this.#retryTimer);
    await this.#http.close({ deadlineMs: drainDeadlineMs });
    await this.#udp.close();
    await this.#domain.close();
    await this.#unlock();
  }

  #retryPeers(): void {
    this.#domain.registry.retry().catch((error: unknown) => {
      this.#options.log.error('ipc', 'trying peers again failed', {}, error);
    });
  }
}

/** RFC 3986 3.2.2: an IPv6 address stands in brackets. */
function authority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
