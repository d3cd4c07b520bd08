/** Every drill there is, in the order in which they are run. */
import type { Drill } from './drill.ts';

export const drills: readonly Drill[] = [];
