/** A UDP socket: datagrams in, datagrams out. It knows nothing of what they mean. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface DatagramListener {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface DatagramOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** What to answer, if anything, to `datagram` from `address`. */
  readonly answer: (datagram: Buffer, address: string) => Promise<Uint8Array | undefined>;
  /** A failure to send or of `answer`; the socket lives on. */
  readonly onError: (error: unknown) => void;
}

/** Listens on `host`; fails with the system's error when that is not possible. */
export async function openDatagramListener(options: DatagramOptions): Promise<DatagramListener> {
  const socket = createSocket({ type: options.host.includes(':') ? 'udp6' : 'udp4' });
  socket.bind(options.port, options.host);
  await once(socket, 'listening');
  socket.on('error', options.onError);
  socket.on('message', (datagram, from) => {
    respond(socket, options, datagram, from).catch(options.onError);
  });
  return {
    host: socket.address().address,
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

async function respond(
  socket: Socket,
  { answer, onError }: DatagramOptions,
  datagram: Buffer,
  from: RemoteInfo,
): Promise<void> {
  const reply = await answer(datagram, from.address);
  if (reply === undefined) return;
  socket.send(reply, from.port, from.address, (error) => {
    if (error !== null) onError(error);
  });
}
