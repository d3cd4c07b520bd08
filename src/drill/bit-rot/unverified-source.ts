/**
 * A server as it must not be: it sends what it was given without looking. The comparison that finds no wrong byte in
 * our server's downloads must find those in this one's.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Answers every request with `bytes` while `use`, which is given the address, has not settled. */
export async function withUnverifiedSource<Result>(
  bytes: Buffer,
  use: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // a client that has seen enough leaves
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`);
      socket.end(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}
