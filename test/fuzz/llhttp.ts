/**
 * The parser of node:http as an oracle: through Node's internal binding, since sockets would be a thousand times
 * slower.
 */

export interface OracleMessage {
  readonly method: string;
  /** `name=value` in the order they came, names in lower case. */
  readonly fields: readonly string[];
  content: string;
  complete: boolean;
}

/** The little of the binding that is used here. */
interface Parser {
  initialize(type: number, resource: object, fieldBytesMax: number, leniency: number): void;
  execute(chunk: Buffer): number | Error;
  finish(): Error | undefined;
  [callback: number]: (...args: never[]) => number | undefined;
}
interface ParserClass {
  new (): Parser;
  readonly REQUEST: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
  readonly kLenientKeepAlive: number;
}

process.noDeprecation = true; // the binding is internal, and says so
const { binding } = process as unknown as { binding(name: string): { HTTPParser: ParserClass; methods: string[] } };
const { HTTPParser, methods } = binding('http_parser');
const fieldBytesMax = 64 * 1024;

/** All requests in `bytes`, up to the first that is refused. */
export function readWithLlhttp(bytes: Buffer): { messages: OracleMessage[]; error: string | undefined } {
  const messages: OracleMessage[] = [];
  const parser = new HTTPParser();
  // Whether the connection goes on after a message is not the parser's business here, nor is it our reader's.
  parser.initialize(HTTPParser.REQUEST, {}, fieldBytesMax, HTTPParser.kLenientKeepAlive);
  // Comes for trailers, and after the first trailers, for reasons of its own, with the fields of each head too.
  let flushed: string[] = [];
  parser[HTTPParser.kOnHeaders] = (pairs: string[]) => {
    flushed.push(...pairs);
    return undefined;
  };
  parser[HTTPParser.kOnHeadersComplete] = (_: number, __: number, pairs: string[] | undefined, method: number) => {
    const fields = joinPairs(pairs ?? flushed);
    messages.push({ method: methods[method] ?? '', fields, content: '', complete: false });
    return 0;
  };
  parser[HTTPParser.kOnBody] = (content: Buffer) => {
    const message = messages.at(-1);
    if (message !== undefined) message.content += content.toString('latin1');
    return undefined;
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    const message = messages.at(-1);
    if (message !== undefined) message.complete = true;
    flushed = [];
    return undefined;
  };
  const result = parser.execute(bytes);
  const error = result instanceof Error ? result : parser.finish();
  return { messages, error: (error as { code?: string } | undefined)?.code };
}

function joinPairs(pairs: readonly string[]): string[] {
  const fields: string[] = [];
  for (let at = 0; at < pairs.length; at += 2) fields.push(`${pairs[at]?.toLowerCase()}=${pairs[at + 1]}`);
  return fields;
}
