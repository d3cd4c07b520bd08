/** A UDP socket: datagrams in, datagrams out. It knows nothing of what they mean. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';

/** Gives the answer, if any, to `datagram` from `address` and `port`; a promise only where something must be waited for. */
export type DatagramHandler = (
  datagram: Buffer,
  address: string,
  port: number,
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

export interface DatagramListener {
  readonly host: string;
  readonly port: number;
  /** Begins to answer; earlier datagrams are lost, as datagrams may be. */
  serve(answer: DatagramHandler): void;
  close(): Promise<void>;
}

export interface DatagramOptions {
  readonly host: string;
  /** The port; 0 picks a free one. */
  readonly port: number;
  /** Called when sending or answering fails; the socket lives on. */
  readonly onError: (error: unknown) => void;
}

/** Listens on `host`; fails with the system's error when that is not possible. */
export async function openDatagramListener({ host, port, onError }: DatagramOptions): Promise<DatagramListener> {
  const bound = await lookup(host, { family: host.includes(':') ? 6 : 4 });
  const socket = createSocket({
    type: bound.family === 6 ? 'udp6' : 'udp4',
    // From now on there are only addresses, and nothing to be looked up: a tenth of what an answer costs in all.
    lookup: (address, _, callback) => callback(null, address, bound.family),
  });
  const listening = once(socket, 'listening');
  socket.bind(port, bound.address);
  await listening;
  socket.on('error', onError);
  return {
    host: socket.address().address,
    port: socket.address().port,
    serve: (answer) => void socket.on('message', (datagram, from) => respond(socket, answer, onError, datagram, from)),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function respond(
  socket: Socket,
  answer: DatagramHandler,
  onError: (error: unknown) => void,
  datagram: Buffer,
  { address, port }: RemoteInfo,
): void {
  // A failure to send is an 'error' of the socket.
  const send = (reply: Uint8Array | undefined): void => {
    if (reply !== undefined) socket.send(reply, port, address);
  };
  try {
    const reply = answer(datagram, address, port);
    if (reply instanceof Promise) reply.then(send).catch(onError);
    else send(reply);
  } catch (error) {
    onError(error);
  }
}
