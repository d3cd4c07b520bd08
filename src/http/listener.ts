/**
 * Listens for HTTP connections. Owns their number, the time that passes for them, and the way they all come to an end.
 *
 *   const listener = await openHttpListener({ host: '127.0.0.1', port: 0, handle, renderError, log });
 *   listener.port;
 *   await listener.close({ deadlineMs: 5000 });
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Clock, systemClock } from '../async/clock.ts';
import type { Trace } from '../bytes/trace.ts';
import { type HttpLimits, httpLimits } from '../protocols/http/limits.ts';
import type { TakesRawQuery } from '../protocols/http/target.ts';
import { ConnectionTable } from './connection-table.ts';
import { type ConnectionContext, createListenerMemory } from './context.ts';

export interface HttpListenerOptions extends Pick<ConnectionContext, 'handle' | 'renderError' | 'log'> {
  readonly host: string;
  /** The TCP port; 0 for a free one. */
  readonly port: number;
  /** No path takes a raw query when this is not given. */
  readonly takesRawQuery?: TakesRawQuery;
  /** Differences from `httpLimits`. */
  readonly limits?: Partial<HttpLimits>;
  /** Milliseconds since the epoch; `Date.now` if not given. */
  readonly now?: () => number;
  /** The source of the time that connections are told of; `systemClock` if not given. */
  readonly clock?: Pick<Clock, 'after' | 'every'>;
  /** Gets the bytes of every connection, annotated field by field. */
  readonly trace?: Trace | undefined;
}

export interface HttpListener {
  readonly address: string;
  readonly port: number;
  /** The number of open connections. */
  readonly connections: number;
  /**
   * Closes idle connections and lets requests under way be answered. As long as there are any, new connections are
   * still accepted, for one response each, so that clients can ask how the server is. Then, or after `deadlineMs`,
   * which cuts what is left, nobody listens any more. Settles when all are closed.
   */
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

/** Listens on `host` and `port`. Fails with a system error, e.g. EADDRINUSE. */
export async function openHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { host, port, log, clock = systemClock } = options;
  const context = contextOf(options);
  const { sweepMs } = context.limits;
  const connections = new ConnectionTable(context);
  // Half-open: a client that sends no more still gets its responses.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  server.on('connection', (accepted) => connections.add(accepted));
  server.listen({ host, port, backlog: 1024 });
  await once(server, 'listening');
  // From now on: a connection that could not be accepted, for want of descriptors say. The others go on.
  server.on('error', (error) => log.error('http', 'a connection could not be accepted', {}, error));
  const stopTicking = clock.every(sweepMs, () => connections.tick(sweepMs));
  const bound = server.address() as AddressInfo;
  return {
    address: bound.address,
    port: bound.port,
    get connections() {
      return connections.count;
    },
    async close({ deadlineMs }) {
      const cancelCut = clock.after(deadlineMs, () => {
        server.close();
        connections.destroy();
      });
      await connections.retire();
      server.close();
      await connections.retire();
      cancelCut();
      stopTicking();
    },
  };
}

function contextOf(options: HttpListenerOptions): ConnectionContext {
  const { handle, renderError, log, now = Date.now, trace, takesRawQuery = () => false } = options;
  const limits = { ...httpLimits, ...options.limits };
  return { handle, renderError, takesRawQuery, limits, log, now, trace, memory: createListenerMemory() };
}
