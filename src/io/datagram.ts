/** A UDP socket: datagrams in, datagrams out. It knows nothing of what they mean. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What to answer, if anything, to `datagram` from `address`. A promise only where something must be waited for. */
export type DatagramAnswer = (
  datagram: Buffer,
  address: string,
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

export interface DatagramListener {
  readonly host: string;
  readonly port: number;
  /** Begins to answer; what came before is lost, as datagrams may be. */
  serve(answer: DatagramAnswer): void;
  close(): Promise<void>;
}

export interface DatagramOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** A failure to send or of the answer; the socket lives on. */
  readonly onError: (error: unknown) => void;
}

/** Listens on `host`; fails with the system's error when that is not possible. */
export async function openDatagramListener({ host, port, onError }: DatagramOptions): Promise<DatagramListener> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
  socket.bind(port, host);
  await once(socket, 'listening');
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
  answer: DatagramAnswer,
  onError: (error: unknown) => void,
  datagram: Buffer,
  { address, port }: RemoteInfo,
): void {
  // A failure to send is an 'error' of the socket.
  const send = (reply: Uint8Array | undefined): void => {
    if (reply !== undefined) socket.send(reply, port, address);
  };
  try {
    const reply = answer(datagram, address);
    if (reply instanceof Promise) reply.then(send).catch(onError);
    else send(reply);
  } catch (error) {
    onError(error);
  }
}
