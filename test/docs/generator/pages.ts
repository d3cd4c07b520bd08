/** The pages of `docs/` that are made from the sources: their names, and how each is made. */
import { errorsPage } from './errors.ts';
import { limitsPage } from './limits.ts';
import type { Source } from './sources.ts';
import { specIndex } from './spec-index.ts';

export const pages: Readonly<Record<string, (sources: readonly Source[]) => string>> = {
  'errors.md': errorsPage,
  'limits.md': limitsPage,
  'spec-index.md': specIndex,
};
