/**
 * What `GET /events` tells, as JSON, beside the views that other answers have too.
 *
 *     event: pieces
 *     data: {"file":"c9e1...","peer":"p1","kind":"fifo","state":"online","pieces":42,"seed":false,"parts":"0-41"}
 */
import type { FileView, PeerKind, PeerView, TransferView } from './views.ts';

/** What one holder has of one file. */
export interface PiecesView {
  /** The file's id. */
  readonly file: string;
  /** The holder's. */
  readonly peer: string;
  readonly kind: PeerKind;
  readonly state: 'online' | 'offline';
  /** How many; 0 for one that has nothing any more. */
  readonly pieces: number;
  /** Whether those are all of them. */
  readonly seed: boolean;
  /** Which: `0-41,43`. Null where that would be more than 1,000 ranges: `GET /file` tells. */
  readonly parts: string | null;
}

/** Something is not there any more. */
export interface GoneView {
  readonly id: string;
}

/** How much is in the directory. */
export interface DirectoryCountView {
  readonly users: number;
  readonly files: number;
}

/** An event of `GET /events`, with the `data` that it carries as one line of JSON. */
export type EventView =
  | { readonly event: 'file'; readonly data: FileView }
  | { readonly event: 'file-removed'; readonly data: GoneView }
  | { readonly event: 'peer'; readonly data: PeerView }
  | { readonly event: 'peer-removed'; readonly data: GoneView }
  | { readonly event: 'pieces'; readonly data: PiecesView }
  | { readonly event: 'transfer'; readonly data: TransferView }
  | { readonly event: 'transfer-ended'; readonly data: GoneView }
  | { readonly event: 'directory'; readonly data: DirectoryCountView };
