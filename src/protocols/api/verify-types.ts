/**
 * The lines of `POST /verify_peers`, one JSON object each, as the verification goes on.
 *
 *     {"peer":"p1","file":"c9e1...","name":"plan.txt","part":7,"problem":"corrupt","message":"..."}
 *     {"summary":{"peers":2,"files":1,...,"healed":1,"unhealed":0,...}}
 */

/** One line. The last line is the summary; without a summary the verification did not come to its end. */
export type VerifyLine =
  | VerifyFindingView
  | VerifyMissingView
  | VerifyLeftView
  | { readonly progress: VerifyProgressView }
  | { readonly summary: VerifySummaryView };

/** A lost copy: one that is corrupt or cannot be read. Told again, with `healed`, after the repair has been tried. */
export interface VerifyFindingView {
  readonly peer: string;
  /** The file's id. */
  readonly file: string;
  readonly name: string;
  /** The piece's number. */
  readonly part: number;
  /** `corrupt`, `not-found`, or `io`: the peer's disk failed. */
  readonly problem: string;
  readonly message: string;
  /** Whether the piece has as many good copies again as before, or as are wanted. */
  readonly healed?: boolean;
}

/** Pieces that no online peer has. */
export interface VerifyMissingView {
  readonly peer: null;
  /** The file's id. */
  readonly file: string;
  readonly name: string;
  /** The pieces' numbers: `0-41,43`. */
  readonly parts: string;
  readonly problem: 'missing';
  readonly message: string;
  readonly healed: false;
}

/** A peer that went away during the verification. */
export interface VerifyLeftView {
  readonly peer: string;
  /** `gone`, `timeout` or `protocol`. */
  readonly problem: string;
  readonly message: string;
  /** The number of the peer's copies that were not verified. */
  readonly unverified: number;
}

/** The state of a verification. */
export interface VerifyProgressView {
  /** Copies verified so far. */
  readonly pieces: number;
  readonly pieces_total: number;
  readonly bytes: number;
  readonly bytes_total: number;
}

/** The result of a verification. */
export interface VerifySummaryView {
  /** Holders that were asked, the server's own store included when it has copies. */
  readonly peers: number;
  readonly files: number;
  /** Copies that were verified. */
  readonly pieces: number;
  /** Bytes of these copies. */
  readonly bytes: number;
  /** Lost copies, and pieces that nobody has: the sum of `healed` and `unhealed`. */
  readonly bad: number;
  readonly healed: number;
  readonly unhealed: number;
  /** Copies of peers that went away. */
  readonly unverified: number;
  /** Ids of the peers that were offline, and were not asked. */
  readonly offline: readonly string[];
  readonly seconds: number;
}
