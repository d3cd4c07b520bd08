/** What is asked of a download, and what follows from that at once. */
import type { TorrentId } from '../../bytes/ids.ts';
import type { Metainfo } from '../../protocols/metainfo/types.ts';
import type { DescriptorCache } from '../files/descriptor-cache.ts';
import type { FileCalls } from '../files/files.ts';
import type { Log } from '../log.ts';
import type { Layout } from './layout.ts';
import type { CheckOptions } from './piece-check.ts';

export interface DownloadOptions extends CheckOptions {
  /** Made if it is not there. */
  readonly directory: string;
  /** `id` is its info-hash. */
  readonly file: Metainfo & { readonly id: TorrentId };
  /** Whether something else that is called NAME may be replaced: at the end, by what is whole. */
  readonly overwrite: boolean;
  readonly log: Log;
  /** Who has many downloads keeps the files of all in one. */
  readonly descriptors?: DescriptorCache | undefined;
  /** Replaced in tests of a failing disk. */
  readonly calls?: FileCalls | undefined;
}

/** The options, and what follows from them. */
export interface DownloadPlan extends DownloadOptions {
  /** Absolute. */
  readonly directory: string;
  /** DIR/NAME. */
  readonly finalPath: string;
  readonly layout: Layout;
  readonly calls: FileCalls;
}
