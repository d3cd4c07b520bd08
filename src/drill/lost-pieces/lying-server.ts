/** A tiny HTTP server with the faults that K5 looks for, for its control. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { seededBytes } from '../random.ts';

/**
 * The lies: the server ends the response early, having told no length; or it tells the length, sends all, and one byte
 * is wrong.
 */
export type Lie = 'short success' | 'wrong byte';

const fileBytes = 100_000;

/** Gives `use` the address, and the file that should come from there. */
export async function withLyingServer(lie: Lie, use: (url: string, file: Buffer) => Promise<void>): Promise<void> {
  const file = seededBytes(lie, fileBytes);
  const answer = answerWith(lie, file);
  const server = createServer((socket) => {
    socket.on('error', () => {}); // a client that has seen enough
    socket.once('data', () => socket.end(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, file);
  } finally {
    server.close();
  }
}

function answerWith(lie: Lie, file: Buffer): Buffer {
  if (lie === 'short success') {
    const head = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n';
    return Buffer.concat([Buffer.from(head), file.subarray(0, fileBytes / 2)]);
  }
  const altered = Buffer.from(file);
  altered.writeUInt8(altered.readUInt8(fileBytes / 2) ^ 1, fileBytes / 2);
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${fileBytes}\r\n\r\n`), altered]);
}
