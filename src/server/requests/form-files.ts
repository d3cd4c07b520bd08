/**
 * Turns the events of the multipart parser into the files of a form, as streams, one after the other.
 */
import type { MultipartEvent, MultipartParser } from '../../protocols/http/content/multipart.ts';
import { HttpError } from '../../protocols/http/errors.ts';

export interface FormFile {
  readonly name: string;
  /** The content, to be read to its end before the next file is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The files in `body`, as they come, each in one of `fields`. Fields without a file are skipped. Throws a HttpError for
 * a malformed form, or a file in another field.
 */
export async function* readFormFiles(
  parser: MultipartParser,
  body: AsyncIterable<Uint8Array>,
  fields: readonly string[] = ['file'],
): AsyncGenerator<FormFile, void, undefined> {
  const events = allEvents(parser, body);
  try {
    for await (const event of unclosed(events)) {
      if (event.kind !== 'part' || event.fileName === undefined) continue;
      if (!fields.includes(event.name)) {
        const expected = fields.map((field) => `"${field}"`).join(' or ');
        throw new HttpError(400, 'wrong-field', `files belong in a field named ${expected}, not "${event.name}"`);
      }
      // A browser sends a file field that was left empty as a file without name or content.
      if (event.fileName === '') continue;
      yield { name: event.fileName, content: partContent(events) };
    }
  } finally {
    await events.return();
  }
}

async function* allEvents(
  parser: MultipartParser,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<MultipartEvent, void, undefined> {
  for await (const chunk of body) yield* parser.receive(chunk);
  yield* parser.end();
}

async function* partContent(events: AsyncGenerator<MultipartEvent>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const event of unclosed(events)) {
    if (event.kind === 'data') yield event.bytes;
    else if (event.kind === 'part-end') return;
  }
}

/** The events without their end: leaving the loop early leaves the rest to be read by somebody else. */
function unclosed<Item>(items: AsyncGenerator<Item>): AsyncIterable<Item> {
  return { [Symbol.asyncIterator]: () => ({ next: () => items.next() }) };
}
