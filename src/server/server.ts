/**
 * The server as a whole: opens its doors, lists what it should, and closes everything in order.
 *
 *     const server = await openServer({ config, root, log });
 *     server.doors      [{ name: 'http', address: 'http://127.0.0.1:8080' }, { name: 'udp', ... }]
 *     await server.becomeReady();
 *     await server.drain();
 *     await server.close();
 */
import { join } from 'node:path';
import { formatEndpoint } from '../bytes/endpoint.ts';
import type { PeerId } from '../bytes/ids.ts';
import { isLoopbackHost } from '../bytes/ip.ts';
import { createDispatcher } from '../http/dispatcher.ts';
import { errorRenderer } from '../http/error-response.ts';
import type { Handler, HttpRequest } from '../http/exchange.ts';
import { type HttpListener, openHttpListener } from '../http/listener.ts';
import { type Policy, policyCheck } from '../http/policy.ts';
import { descriptorLimit } from '../io/files/descriptor-limit.ts';
import { type DirectoryLock, lockDirectory } from '../io/files/directory-lock.ts';
import { type FileCalls, makeDirectory, nodeFiles } from '../io/files/files.ts';
import type { Log } from '../io/log.ts';
import { type DatagramListener, openDatagramListener } from '../io/net/datagram.ts';
import type { Config } from './config/config.ts';
import { createSiteOf, publicHost, type SiteOf } from './context/site.ts';
import { DirectoryDoor } from './directory/door.ts';
import { checkPhase, type Health } from './handlers/health.ts';
import { renderErrorPage } from './pages/error.ts';
import { createRoutes } from './routes.ts';
import { createUdpAnswer } from './udp/udp-door.ts';
import { listInitFiles } from './wiring/init-files.ts';
import { type Domain, openDomain } from './wiring/open-domain.ts';
import { type OpenWire, openWire } from './wiring/open-wire.ts';
import { openToken } from './wiring/token.ts';

export interface ServerOptions {
  /** With absolute paths. */
  readonly config: Config;
  readonly root: string;
  readonly log: Log;
  /** Prints each HTTP connection, annotated. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Every way to the disk; replaced in tests of a failing one. */
  readonly calls?: FileCalls;
}

export interface Door {
  readonly name: 'http' | 'udp' | 'wire' | 'directory';
  /** As it is printed: a URL for HTTP, else `host:port`. */
  readonly address: string;
}

/** How long running requests may take to finish once the server is told to stop. */
const drainDeadlineMs = 30_000;
/** How often peers that are away are looked at; each has its own back-off. */
const retryPeersMs = 1000;

export async function openServer(options: ServerOptions): Promise<Server> {
  const { config, calls = nodeFiles } = options;
  const opened: (() => unknown)[] = [];
  const asOpened = <Opened extends { close(): unknown }>(part: Opened): Opened => {
    opened.push(() => part.close());
    return part;
  };
  try {
    const lock = await lockAll([config.paths.metadata, config.paths.temp], calls);
    opened.push(lock.release);
    const domain = asOpened(await openDomain(options));
    const health: Health = { phase: 'starting' };
    const gate = closedBy(await openPolicy(config, calls));
    const udp = asOpened(await openUdpDoor(options, domain));
    const wire = asOpened(await openWire(config, options.log, domain));
    const directoryDoor = asOpened(await openDirectoryDoor(options, domain));
    // Torrents name the UDP door, so it is opened first: with port 0 only the system knows where it is.
    const siteOf = createSiteOf(config.http.public_url, udp.port);
    const http = await openHttpDoor(options, createHandler(options, domain, siteOf, health, gate));
    return new Server({ options, domain, health, gate, http, udp, wire, directoryDoor, lock });
  } catch (error) {
    for (const close of opened.reverse()) await close();
    throw error;
  }
}

/** Both: a second server on the same `temp` would clear away, as unknown to its ledger, what the first one keeps. */
async function lockAll(directories: readonly string[], calls: FileCalls): Promise<DirectoryLock> {
  const locks: DirectoryLock[] = [];
  const release = async (): Promise<void> => void (await Promise.all(locks.map((lock) => lock.release())));
  try {
    for (const directory of new Set(directories)) {
      await makeDirectory(directory, 0o700, calls);
      locks.push(await lockDirectory(directory, calls));
    }
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
}

function openHttpDoor({ config, log, trace }: ServerOptions, handle: Handler): Promise<HttpListener> {
  const { host, port, max_upload_bytes } = config.http;
  const limits = { bodyBytes: max_upload_bytes ?? Number.POSITIVE_INFINITY };
  const renderError = errorRenderer(renderErrorPage);
  return openHttpListener({ host, port, handle, renderError, limits, log, ...(trace && { trace }) });
}

async function openUdpDoor({ config, log }: ServerOptions, domain: Domain): Promise<DatagramListener> {
  const listener = await openDatagramListener({
    host: config.http.host,
    port: config.udp.port,
    onError: (error) => log.error('udp', 'a datagram could not be answered', {}, error),
  });
  listener.serve(createUdpAnswer(domain, listener.host));
  return listener;
}

function openDirectoryDoor({ config, log }: ServerOptions, { directory, counters }: Domain): Promise<DirectoryDoor> {
  return DirectoryDoor.open({
    host: config.http.host,
    port: config.directory.port,
    directory,
    counters: counters.directory,
    log,
    // Files, peers and requests need theirs too.
    connectionsMax: Math.floor(descriptorLimit() / 2),
  });
}

/** What every request must pass; replaced as a whole when the configuration is read again. */
interface Gate {
  policy: Policy;
  check: (request: HttpRequest) => void;
}

function closedBy(policy: Policy): Gate {
  return { policy, check: policyCheck(policy) };
}

function createHandler({ config }: ServerOptions, domain: Domain, siteOf: SiteOf, health: Health, gate: Gate): Handler {
  const dispatch = createDispatcher(createRoutes({ ...domain, siteOf }, health, config.paths.static));
  return (request) => {
    gate.check(request);
    checkPhase(health, request);
    return dispatch(request);
  };
}

async function openPolicy(config: Config, calls: FileCalls): Promise<Policy> {
  const { http, auth, paths } = config;
  const token = isLoopbackHost(http.host)
    ? null
    : await openToken(auth.token_file ?? join(paths.metadata, 'token'), calls);
  return { allowedHosts: allowedHosts(config), token };
}

function allowedHosts({ http }: Config): string[] {
  const { allowed_hosts, public_url } = http;
  return [...allowed_hosts, ...(public_url === null ? [] : [publicHost(public_url)])].map((name) => name.toLowerCase());
}

interface ServerParts {
  readonly options: ServerOptions;
  readonly domain: Domain;
  readonly health: Health;
  readonly gate: Gate;
  readonly http: HttpListener;
  readonly udp: DatagramListener;
  readonly wire: OpenWire;
  readonly directoryDoor: DirectoryDoor;
  readonly lock: DirectoryLock;
}

export class Server {
  readonly #parts: ServerParts;
  readonly #retryTimer: NodeJS.Timeout;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#retryTimer = setInterval(() => this.#retryPeers(), retryPeersMs);
    this.#retryPeers();
  }

  get doors(): readonly Door[] {
    const { http, udp, wire, directoryDoor } = this.#parts;
    return [
      { name: 'http', address: `http://${formatEndpoint({ address: http.address, port: http.port })}` },
      { name: 'udp', address: formatEndpoint({ address: udp.host, port: udp.port }) },
      { name: 'wire', address: formatEndpoint({ address: wire.listener.address, port: wire.listener.port }) },
      { name: 'directory', address: formatEndpoint({ address: directoryDoor.address, port: directoryDoor.port }) },
    ];
  }

  /** What changes need in `Authorization`; null when only this machine can reach us. */
  get token(): string | null {
    return this.#parts.gate.policy.token;
  }

  /** Lists `server_init_files/`, then says on `/readyz` that the server is ready. */
  async becomeReady(signal: AbortSignal): Promise<void> {
    const { domain, health, options } = this.#parts;
    await listInitFiles(domain, options.config.paths.init_files, options.config.piece_size, signal);
    if (signal.aborted) return;
    health.phase = 'ready';
  }

  /** Takes what can change while the server runs; answers the keys whose change has to wait for a restart. */
  reconfigure(config: Config): string[] {
    const { domain, gate, options } = this.#parts;
    Object.assign(gate, closedBy({ ...gate.policy, allowedHosts: allowedHosts(config) }));
    for (const { id, ipc_path } of config.peers) domain.registry.expect(id as PeerId, ipc_path);
    const later = { ...config, http: { ...config.http, allowed_hosts: options.config.http.allowed_hosts } };
    return Object.entries(later)
      .filter(([key]) => key !== 'peers')
      .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(options.config[key as keyof Config]))
      .map(([key]) => key);
  }

  /** Takes nothing new, and finishes what is under way, within bounds. Peers may be stopped then. */
  async drain(): Promise<void> {
    const { domain, health, http, udp, wire, directoryDoor } = this.#parts;
    health.phase = 'draining';
    clearInterval(this.#retryTimer);
    domain.stop();
    await directoryDoor.close();
    await http.close({ deadlineMs: drainDeadlineMs });
    await udp.close();
    await wire.close();
    domain.registry.retire();
  }

  /** To be called after `drain`. */
  async close(): Promise<void> {
    const { domain, lock } = this.#parts;
    await domain.close();
    await lock.release();
  }

  #retryPeers(): void {
    const { domain, options } = this.#parts;
    domain.registry.retry().catch((error: unknown) => {
      options.log.error('ipc', 'trying peers again failed', {}, error);
    });
  }
}
