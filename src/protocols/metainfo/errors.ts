/** The faults of a torrent that somebody gave us. */
import { ProtocolError } from '../../bytes/protocol-error.ts';

export type MetainfoErrorCode =
  | 'bad-bencode'
  | 'too-large' // more bytes, pieces or files than there may be
  | 'missing-key'
  | 'ambiguous' // what may be said in one way only is said in two
  | 'wrong-type' // another kind of value than belongs under the key
  | 'bad-number' // out of its range
  | 'bad-pieces' // not one hash for each piece
  | 'bad-name' // of the torrent, a folder or a file
  | 'collision' // two files that could not be saved side by side
  | 'bad-version' // a `meta version` that nobody knows, or one without what belongs to it
  | 'v2-only' // there is nothing of v1 in it
  | 'bad-magnet' // a link that is none, or whose hash is none
  | 'bad-tree' // a `file tree` that is none
  | 'bad-layers' // `piece layers` that do not lead to the roots in the tree
  | 'hybrid-mismatch'; // the v1 part and the v2 part describe different files

/** A fault of a torrent; `message` says where, what was expected and what came. Over HTTP it becomes a 400. */
export class MetainfoError extends ProtocolError<400> {
  declare readonly code: MetainfoErrorCode;

  constructor(code: MetainfoErrorCode, message: string, options?: ErrorOptions) {
    super(code, 400, message, options);
  }
}

/** The error for `what`, "a torrent" or the like, that has no v1 part. */
export function v2OnlyError(what: string): MetainfoError {
  const rule = 'pieces are checked by their SHA-1 here, which only v1 and hybrid torrents have';
  return new MetainfoError('v2-only', `${what} of v2 alone: ${rule}`);
}
