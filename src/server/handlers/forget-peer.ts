/**
 * Forgets a storage peer that is gone for good.
 *
 *     DELETE /peers?id=ID
 *     POST /forget_peer with the field "id": what a page can do without script, since its forms only GET and POST
 */
import { type PeerId, parsePeerId } from '../../bytes/ids.ts';
import type { Handler, HttpResponse } from '../../http/handler.ts';
import { wantsPage } from '../../http/responses.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { ForgetError } from '../../storage/fifo/peer-forgetting.ts';
import type { DomainContext } from '../context/context.ts';
import { readFields } from '../requests/read-fields.ts';
import { withStorageErrors } from '../requests/storage-errors.ts';

type Context = Pick<DomainContext, 'registry'>;

/** The status for each reason of a refusal (RFC 9110 15.5.5, 15.5.10). */
const statusOf = { 'no-such-peer': 404, 'peer-online': 409, 'peer-configured': 409 } as const;

const done: HttpResponse = { status: 204, headers: [], body: null };

/** Makes the handlers of `DELETE /peers` and `POST /forget_peer`. */
export function createForgetHandlers(context: Context): { byQuery: Handler; byForm: Handler } {
  return {
    byQuery: async ({ query }) => {
      const id = query.get('id');
      if (id === undefined) throw new HttpError(400, 'which-peer', 'name the peer by ?id=ID');
      await forget(context, id);
      return done;
    },
    byForm: async (request) => {
      const id = (await readFields(request, '"id"')).get('id');
      if (id === undefined) throw new HttpError(400, 'which-peer', 'name the peer by the field "id"');
      await forget(context, id);
      return wantsPage(request) ? { status: 303, headers: [['Location', '/peers']], body: null } : done;
    },
  };
}

async function forget({ registry }: Context, text: string): Promise<void> {
  // What is no id is nobody's id.
  const id: PeerId | undefined = parsePeerId(text);
  if (id === undefined) throw new HttpError(404, 'no-such-peer', 'no storage peer has such an id');
  try {
    await withStorageErrors('the peer is still known', () => registry.forget(id));
  } catch (error) {
    if (!(error instanceof ForgetError)) throw error;
    throw new HttpError(statusOf[error.code], error.code, error.message, { cause: error });
  }
}
