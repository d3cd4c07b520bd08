/**
 * Sockets that read into one buffer, instead of a new one of 64 KiB for each packet: a server of small requests is
 * faster by a seventh for it (bench/small-requests.ts). Knows nothing of what is read.
 *
 * Node can do that (`onread`) for sockets that one makes oneself, not for those that a server accepts. So the accepted
 * socket gives its handle away, as it does when it is sent to another process (that is what `pauseOnConnect` is for),
 * and a new socket is made around the handle. Neither `_handle` nor the option `handle` is documented: where they are
 * missing, the accepted socket is used as it is, slower, but the same for everybody else.
 */
import { connect, type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** The most bytes that the kernel gives at once, as libuv asks for them. */
const sharedBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Takes over `accepted`, of a server with `pauseOnConnect` and `allowHalfOpen`, and reads from it. `onBytes` gets what
 * was read; it is overwritten by the next read, of any socket, once `onBytes` has returned. `pause()` and `resume()`
 * work as ever.
 */
export function readShared(accepted: Socket, onBytes: (bytes: Buffer) => void): Socket {
  const handle = takeHandle(accepted);
  if (handle === undefined) return readPlainly(accepted, onBytes);
  return new Socket({ handle, allowHalfOpen: true, onread: into(sharedBuffer, onBytes) } as SocketConstructorOpts);
}

/** Connects, and reads as `readShared` does. */
export function connectShared(
  { host, port }: { readonly host: string; readonly port: number },
  onBytes: (bytes: Buffer) => void,
): Socket {
  return connect({ host, port, allowHalfOpen: true, onread: into(sharedBuffer, onBytes) });
}

function into(buffer: Buffer, onBytes: (bytes: Buffer) => void): OnReadOpts {
  return {
    buffer,
    callback: (length) => {
      onBytes(buffer.subarray(0, length));
      return true; // go on reading, unless pause() was called
    },
  };
}

/** Reads without sharing: a new buffer for each packet. */
export function readPlainly(socket: Socket, onBytes: (bytes: Buffer) => void): Socket {
  return socket.on('data', onBytes).resume();
}

function takeHandle(socket: Socket): object | undefined {
  const owner = socket as { _handle?: { useUserBuffer?: unknown } | null };
  const handle = owner._handle;
  if (typeof handle?.useUserBuffer !== 'function') return undefined;
  owner._handle = null;
  socket.destroy(); // closes nothing any more; its server stops counting it
  return handle;
}
