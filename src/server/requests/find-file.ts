/** Finds the file that a request means: by id, or by name, where the newest of that name counts. */
import { parseTorrentId } from '../../bytes/ids.ts';
import type { HttpRequest } from '../../http/handler.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';

/** The file that the parameter `idParameter` or `name` names. Throws HttpError 400 or 404. */
export function findFile(catalog: Catalog, { query }: HttpRequest, idParameter: 'id' | 'file'): TorrentEntry {
  const id = query.get(idParameter);
  const name = query.get('name');
  if (id !== undefined && name === undefined) return findById(catalog, id);
  if (name === undefined || id !== undefined) {
    throw new HttpError(400, 'which-file', `name the file by either ?${idParameter}=ID or ?name=NAME`);
  }
  const newest = catalog.named(name)[0];
  if (newest === undefined) throw new HttpError(404, 'no-such-file', `no file is called "${name}"`);
  return newest;
}

/** The file with the id `text`. Throws HttpError 400 or 404. */
export function findById(catalog: Catalog, text: string): TorrentEntry {
  const id = parseTorrentId(text);
  if (id === undefined) throw new HttpError(400, 'bad-id', `a file's id is 40 hex digits, not "${text}"`);
  const entry = catalog.get(id);
  if (entry === undefined) throw new HttpError(404, 'no-such-file', `no file has the id ${id}`);
  return entry;
}
