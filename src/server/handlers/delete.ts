/**
 * Removes a file from the list, and its pieces from the peers.
 *
 *     DELETE /file?id=ID
 *     POST /delete with the field "id": what a page can do without script, since its forms only GET and POST
 */
import type { Handler, HttpResponse } from '../../http/handler.ts';
import { wantsPage } from '../../http/responses.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { DomainContext } from '../context/context.ts';
import { findById } from '../requests/find-file.ts';
import { readFields } from '../requests/read-fields.ts';
import { withStorageErrors } from '../requests/storage-errors.ts';

type Context = Pick<DomainContext, 'catalog' | 'replicator'>;

const done: HttpResponse = { status: 204, headers: [], body: null };

/** Makes the handlers of `DELETE /file` and `POST /delete`. */
export function createDeleteHandlers(context: Context): { byQuery: Handler; byForm: Handler } {
  return {
    byQuery: async ({ query }) => {
      const id = query.get('id');
      if (id === undefined) throw new HttpError(400, 'which-file', 'name the file by ?id=ID');
      await remove(context, id);
      return done;
    },
    byForm: async (request) => {
      const id = (await readFields(request, '"id"')).get('id');
      if (id === undefined) throw new HttpError(400, 'which-file', 'name the file by the field "id"');
      await remove(context, id);
      return wantsPage(request) ? { status: 303, headers: [['Location', '/files']], body: null } : done;
    },
  };
}

async function remove({ catalog, replicator }: Context, id: string): Promise<void> {
  const { record } = findById(catalog, id);
  // Of two requests at once the second one finds nothing any more.
  const removed = await withStorageErrors('the file is still there', () => replicator.remove(record.id));
  if (!removed) throw new HttpError(404, 'no-such-file', `no file has the id ${record.id}`);
}
