/**
 * Events, `GET /events[?topics=files,peers,pieces,transfers,directory][&file=ID]`: changes, as they happen, as
 * server-sent events (WHATWG HTML, 9.2). Each tells the present state of one thing, and replaces earlier events of that
 * thing.
 *
 *     retry: 1000
 *     : what changes is told from now on
 *
 *     event: peer
 *     data: {"id":"p1","kind":"fifo","state":"offline",...}
 */
import type { Handler, HttpRequest } from '../../http/handler.ts';
import { checkSameOrigin } from '../../http/policy.ts';
import { streamHeaders } from '../../http/responses.ts';
import { eventStreamType } from '../../protocols/http/content/event-stream.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { ServerContext } from '../context/context.ts';
import { type Topic, topics } from '../events/change.ts';
import type { Feed } from '../events/feed.ts';
import type { Filter } from '../events/subscription.ts';
import { findById } from '../requests/find-file.ts';

/** Makes the handler of `GET /events`. */
export function createEventsHandler(
  { catalog, trusts }: Pick<ServerContext, 'catalog' | 'trusts'>,
  feed: Feed,
): Handler {
  return (request) => {
    // A stream changes nothing, and a foreign page cannot read it; but each takes one of a few places, and a page that
    // opens hundreds would leave none to anybody else.
    checkSameOrigin(request);
    const { query } = request;
    const file = query.get('file');
    const filter: Filter = {
      topics: readTopics(query),
      file: file === undefined ? undefined : findById(catalog, file).record.id,
      stranger: !trusts(request),
    };
    const body = { length: null, chunks: feed.stream(filter, request.remoteAddress), endless: true };
    return { status: 200, headers: streamHeaders(eventStreamType), body };
  };
}

function readTopics(query: HttpRequest['query']): ReadonlySet<Topic> {
  const wanted = query.get('topics')?.split(',') ?? topics;
  return new Set(wanted.map(readTopic));
}

function readTopic(text: string): Topic {
  const topic = topics.find((known) => known === text);
  if (topic !== undefined) return topic;
  throw new HttpError(400, 'bad-topics', `"topics" must be some of ${topics.join(',')}, not "${text}"`);
}
