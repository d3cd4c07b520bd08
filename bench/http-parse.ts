/**
 * Reading the head of a typical browser request, beside llhttp as node:http uses it (C, bound to JavaScript). Both get
 * the request in one chunk and hand over its method, target and fields; ours also judges Host, target and framing.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type * as Limits from '../src/protocols/http/limits.ts';
import type * as Read from '../src/protocols/http/read.ts';
import { compare, type Row, runDirectly } from './lib.ts';

/** 13 fields, 560 bytes. */
const request = Buffer.from(
  [
    'GET /files?limit=50 HTTP/1.1',
    'Host: 127.0.0.1:8080',
    'Connection: keep-alive',
    'Cache-Control: max-age=0',
    'Upgrade-Insecure-Requests: 1',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-User: ?1',
    'Sec-Fetch-Dest: document',
    'Referer: http://127.0.0.1:8080/',
    'Accept-Encoding: gzip, deflate, br',
    'Accept-Language: en-US,en;q=0.9',
    '\r\n',
  ].join('\r\n'),
);
const requestsAtOnce = 50_000;

export async function run(): Promise<Row[]> {
  const ours = await ourReader();
  const theirs = llhttp();
  const description = { name: 'parsing a browser request, beside llhttp', unit: 'million/s', target: '>= 0.4' };
  return [
    await compare(
      description,
      15,
      async () => rate(ours),
      async () => rate(theirs),
    ),
  ];
}

/** Requests per microsecond of this process's own time, so that others on the machine do not count. */
function rate(parse: () => void): number {
  const before = process.cpuUsage();
  for (let count = 0; count < requestsAtOnce; count += 1) parse();
  const { user, system } = process.cpuUsage(before);
  return requestsAtOnce / (user + system);
}

/** From the compiled code: what tsx makes of the sources on the fly is slower. */
async function ourReader(): Promise<() => void> {
  execFileSync(fileURLToPath(new URL('../scripts/build', import.meta.url)));
  const folder = new URL('../dist/protocols/http/', import.meta.url);
  const { httpLimits } = (await import(`${folder}limits.js`)) as typeof Limits;
  const { RequestReader } = (await import(`${folder}read.js`)) as typeof Read;
  const reader = new RequestReader(httpLimits);
  return () => {
    reader.receive(request);
    if (reader.next()?.kind !== 'head' || reader.next()?.kind !== 'end') throw new Error('not read');
  };
}

/** The little of Node's internal binding that is used here. */
interface Llhttp {
  initialize(type: number, resource: object): void;
  execute(chunk: Buffer): number;
  [callback: number]: (...args: unknown[]) => number;
}
interface LlhttpClass {
  new (): Llhttp;
  readonly REQUEST: number;
  readonly kOnHeadersComplete: number;
  readonly kOnMessageComplete: number;
}

function llhttp(): () => void {
  process.noDeprecation = true; // the binding is internal, and says so
  const { binding } = process as unknown as { binding(name: string): { HTTPParser: LlhttpClass } };
  const { HTTPParser } = binding('http_parser');
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.REQUEST, {});
  let read = 0;
  parser[HTTPParser.kOnHeadersComplete] = (_major, _minor, fields) => {
    read += (fields as string[]).length;
    return 0;
  };
  parser[HTTPParser.kOnMessageComplete] = () => 0;
  return () => {
    const before = read;
    parser.execute(request);
    if (read === before) throw new Error('not read');
  };
}

await runDirectly(import.meta.url, run);
