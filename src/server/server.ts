/**
 * The complete server: opens its listeners, lists the initial files, and closes everything in order.
 *
 *     const server = await openServer({ config, root, log });
 *     server.listeners      [{ name: 'http', address: 'http://127.0.0.1:8080' }, { name: 'udp', ... }]
 *     await server.becomeReady();
 *     await server.drain();
 *     await server.close();
 */

import { join } from 'node:path';
import { type Clock, systemClock } from '../async/clock.ts';
import { formatEndpoint } from '../bytes/endpoint.ts';
import { isLoopbackHost } from '../bytes/ip.ts';
import type { Traces } from '../bytes/trace.ts';
import { createDispatcher, type Route, rawQueryPaths } from '../http/dispatcher.ts';
import { errorRenderer } from '../http/error-response.ts';
import type { Handler, HttpRequest } from '../http/handler.ts';
import { type HttpListener, openHttpListener } from '../http/listener.ts';
import { isTrusted, type Policy, policyCheck } from '../http/policy.ts';
import { type FileCalls, nodeFiles } from '../io/files/calls.ts';
import { descriptorLimit } from '../io/files/descriptor-limit.ts';
import { type FolderLock, lockFolder } from '../io/files/folder-lock.ts';
import { makeFolder } from '../io/files/folders.ts';
import { openToken } from '../io/files/token-file.ts';
import type { Log } from '../io/log.ts';
import { type DatagramListener, openDatagramListener } from '../io/net/datagram.ts';
import type { Config } from './config/config.ts';
import { createSiteOf, publicHost } from './context/site.ts';
import { DirectoryListener } from './directory/listener.ts';
import { checkPhase, type Health } from './handlers/health.ts';
import { renderErrorPage } from './pages/error.ts';
import { createRoutes } from './routes.ts';
import { createUdpHandler } from './udp/udp-handler.ts';
import { listInitFiles } from './wiring/init-files.ts';
import { configuredPeers, type Domain, openDomain } from './wiring/open-domain.ts';
import { type OpenWire, openWire } from './wiring/open-wire.ts';

export interface ServerOptions {
  /** With absolute paths. */
  readonly config: Config;
  readonly root: string;
  readonly log: Log;
  /** Whether to go on with metadata that was found to be older than what peers have seen. */
  readonly acceptOlderMetadata?: boolean;
  /** Take what is sent and received, field by field. */
  readonly traces?: Traces | undefined;
  /** Every call to the disk; replaced in tests of a failing one. */
  readonly calls?: FileCalls;
  /** The source of time; `systemClock` if not given. */
  readonly clock?: Clock;
  /** Whether files are listed again that holders can prove and the ledger does not know. */
  readonly rebuild?: boolean;
}

/** A listener, as its address is printed. */
export interface Listener {
  readonly name: 'http' | 'udp' | 'wire' | 'directory';
  /** A URL for HTTP, else `host:port`. */
  readonly address: string;
}

/** The longest that running requests may take to finish once the server is told to stop. */
const drainDeadlineMs = 30_000;
/** The time between two looks at peers that are away; each has its own back-off. */
const retryPeersMs = 1000;

/** Opens everything; on failure closes again what was opened. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { config, calls = nodeFiles, clock = systemClock } = options;
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
    const udp = asOpened(await openUdp(options, domain, clock));
    const wire = asOpened(await openWire(options, domain));
    const directoryListener = asOpened(await openDirectory(options, domain));
    // Torrents name the UDP listener, so that is opened first: with port 0 only the system knows where it is.
    const siteOf = createSiteOf(config.http.public_url, udp.port);
    const trusts = (request: HttpRequest): boolean => isTrusted(request, gate.policy);
    const routes = createRoutes(
      { ...domain, siteOf, clock, trusts, traces: options.traces },
      health,
      config.paths.static,
    );
    const http = await openHttp(options, routes, createHandler(routes, health, gate), clock);
    return new Server({ options, domain, health, gate, http, udp, wire, directoryListener, lock, clock });
  } catch (error) {
    for (const close of opened.reverse()) await close();
    throw error;
  }
}

/**
 * Locks the metadata and the temp folder: a second server on the same `temp` would delete what the first one keeps, as
 * unknown to its own ledger.
 */
async function lockAll(directories: readonly string[], calls: FileCalls): Promise<FolderLock> {
  const locks: FolderLock[] = [];
  const release = async (): Promise<void> => void (await Promise.all(locks.map((lock) => lock.release())));
  try {
    for (const directory of new Set(directories)) {
      await makeFolder(directory, 0o700, calls);
      locks.push(await lockFolder(directory, calls));
    }
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
}

function openHttp(
  { config, log, traces }: ServerOptions,
  routes: readonly Route[],
  handle: Handler,
  clock: Clock,
): Promise<HttpListener> {
  const { host, port, max_upload_bytes } = config.http;
  const limits = { bodyBytes: max_upload_bytes ?? Number.POSITIVE_INFINITY };
  const renderError = errorRenderer(renderErrorPage);
  const takesRawQuery = rawQueryPaths(routes);
  const trace = traces?.http;
  return openHttpListener({ host, port, handle, renderError, takesRawQuery, limits, log, trace, clock });
}

async function openUdp(
  { config, log, traces }: ServerOptions,
  domain: Domain,
  clock: Clock,
): Promise<DatagramListener> {
  const listener = await openDatagramListener({
    host: config.http.host,
    port: config.udp.port,
    onError: (error) => log.error('udp', 'a datagram could not be answered', {}, error),
  });
  listener.serve(createUdpHandler(domain, { bound: listener.host, clock, traces }));
  return listener;
}

function openDirectory(
  { config, log, traces }: ServerOptions,
  { directory, counters }: Domain,
): Promise<DirectoryListener> {
  return DirectoryListener.open({
    host: config.http.host,
    port: config.directory.port,
    directory,
    counters: counters.directory,
    log,
    trace: traces?.directory,
    // Files, peers and requests need theirs too.
    connectionsMax: Math.floor(descriptorLimit() / 2),
  });
}

/** The check that every request must pass; replaced when the configuration is read again. */
interface Gate {
  policy: Policy;
  check: (request: HttpRequest) => void;
}

function closedBy(policy: Policy): Gate {
  return { policy, check: policyCheck(policy) };
}

function createHandler(routes: readonly Route[], health: Health, gate: Gate): Handler {
  const dispatch = createDispatcher(routes);
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
  readonly directoryListener: DirectoryListener;
  readonly lock: FolderLock;
  readonly clock: Clock;
}

/** A server that is open. */
export class Server {
  readonly #parts: ServerParts;
  readonly #stopRetrying: () => void;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#stopRetrying = parts.clock.every(retryPeersMs, () => this.#retryPeers());
    this.#retryPeers();
  }

  /** The listeners, in the order in which they are printed. */
  get listeners(): readonly Listener[] {
    const { http, udp, wire, directoryListener } = this.#parts;
    return [
      { name: 'http', address: `http://${formatEndpoint({ address: http.address, port: http.port })}` },
      { name: 'udp', address: formatEndpoint({ address: udp.host, port: udp.port }) },
      { name: 'wire', address: formatEndpoint({ address: wire.listener.address, port: wire.listener.port }) },
      {
        name: 'directory',
        address: formatEndpoint({ address: directoryListener.address, port: directoryListener.port }),
      },
    ];
  }

  /** The token that changes need in `Authorization`; null when only this machine can reach us. */
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

  /** Applies what can change while the server runs; returns the keys whose change has to wait for a restart. */
  reconfigure(config: Config): string[] {
    const { domain, gate, options } = this.#parts;
    Object.assign(gate, closedBy({ ...gate.policy, allowedHosts: allowedHosts(config) }));
    domain.registry.configure(configuredPeers(config));
    const later = { ...config, http: { ...config.http, allowed_hosts: options.config.http.allowed_hosts } };
    return Object.entries(later)
      .filter(([key]) => key !== 'peers')
      .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(options.config[key as keyof Config]))
      .map(([key]) => key);
  }

  /** Takes nothing new, and finishes what is under way, within bounds. Afterwards peers may be stopped. */
  async drain(): Promise<void> {
    const { domain, health, http, udp, wire, directoryListener } = this.#parts;
    health.phase = 'draining';
    this.#stopRetrying();
    domain.stop();
    await directoryListener.close();
    await http.close({ deadlineMs: drainDeadlineMs });
    await udp.close();
    await wire.close();
    domain.registry.retire();
  }

  /** Closes the rest, after `drain`. */
  async close(): Promise<void> {
    const { domain, lock } = this.#parts;
    await domain.close();
    await lock.release();
  }

  #retryPeers(): void {
    const { domain, options } = this.#parts;
    domain.registry.tick().catch((error: unknown) => {
      options.log.error('ipc', 'trying peers again failed', {}, error);
    });
  }
}
