/**
 * The events of `GET /events`. Some carry a view that has a response of its own (`types.ts`).
 *
 *     event: pieces
 *     data: {"file":"c9e1...","peer":"p1","kind":"fifo","state":"online","pieces":42,"seed":false,"parts":"0-41"}
 */
import type { FileView, PeerKind, PeerView, TransferView } from './types.ts';

/** The pieces that one holder has of one file. */
export interface PiecesView {
  /** The file's id. */
  readonly file: string;
  /** The holder's id. */
  readonly peer: string;
  readonly kind: PeerKind;
  readonly state: 'online' | 'offline';
  /** The number of pieces; 0 for a holder that has no piece any more. */
  readonly pieces: number;
  /** Whether the holder has all pieces. */
  readonly seed: boolean;
  /** The pieces' numbers: `0-41,43`. Null where that would be more than 1,000 ranges: `GET /file` has them. */
  readonly parts: string | null;
}

/** The id of a file, peer or transfer that is gone. */
export interface GoneView {
  readonly id: string;
}

/** The numbers of users and files in the directory. */
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
