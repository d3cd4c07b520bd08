/**
 * Listens for HTTP connections. Owns their number, the time that passes for them, and the way they all come to an end.
 *
 *   const listener = await openHttpListener({ host: '127.0.0.1', port: 0, handle, renderError, log });
 *   listener.port;
 *   await listener.close({ deadlineMs: 5000 });
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type HttpLimits, httpLimits } from '../protocols/http/limits.ts';
import { ConnectionTable } from './connection-table.ts';
import type { ConnectionContext } from './context.ts';

export interface HttpListenerOptions extends Pick<ConnectionContext, 'handle' | 'renderError' | 'log'> {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Differences from `httpLimits`. */
  readonly limits?: Partial<HttpLimits>;
  /** Milliseconds since the epoch; `Date.now` if not given. */
  readonly now?: () => number;
  /** Gets the bytes of every connection, annotated field by field. */
  readonly trace?: (line: string) => void;
}

export interface HttpListener {
  readonly address: string;
  readonly port: number;
  /** How many are open. */
  readonly connections: number;
  /**
   * Closes idle connections and lets requests under way be answered. As long as there are any, new connections are
   * still taken, for one answer each: whoever asks how the server is gets to hear it. Then, or after `deadlineMs`, which
   * cuts what is left, nobody listens any more. Settles when all are closed.
   */
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

/** Fails with a system error, e.g. EADDRINUSE. */
export async function openHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { host, port, handle, renderError, log, now = Date.now, trace } = options;
  const limits = { ...httpLimits, ...options.limits };
  const connections = new ConnectionTable({ handle, renderError, limits, log, now, trace });
  // Half-open: a client that has said all it has to say still gets its answers.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  server.on('connection', (accepted) => connections.add(accepted));
  server.listen({ host, port, backlog: 1024 });
  await once(server, 'listening');
  // From now on: a connection that could not be accepted, for want of descriptors say. The others go on.
  server.on('error', (error) => log.error('http', 'a connection could not be accepted', {}, error));
  const sweep = setInterval(() => connections.passed(limits.sweepMs), limits.sweepMs);
  const bound = server.address() as AddressInfo;
  return {
    address: bound.address,
    port: bound.port,
    get connections() {
      return connections.count;
    },
    async close({ deadlineMs }) {
      const cut = (): void => {
        server.close();
        connections.destroy();
      };
      const deadline = setTimeout(cut, deadlineMs);
      await connections.retire();
      server.close();
      await connections.retire();
      clearTimeout(deadline);
      clearInterval(sweep);
    },
  };
}
