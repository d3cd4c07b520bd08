// The other side of bench/upload.ts: what one would write first. The body goes to one file, which is fsynced.
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';

const path = process.argv[2];

const server = createServer(async (request, response) => {
  const file = await open(path, 'w');
  await pipeline(request, file.createWriteStream({ autoClose: false }));
  await file.sync();
  await file.close();
  response.writeHead(201).end('stored\n');
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
