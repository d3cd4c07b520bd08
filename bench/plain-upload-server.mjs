// The other side of bench/upload.ts: what one would write first. The body goes to one file, which is fsynced.
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';

const path = process.argv[2];

const server = createServer(async (request, response) => {
  await pipeline(request, createWriteStream(path, { flush: true })); // flush: fsync before it is closed
  response.writeHead(201).end('stored\n');
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
