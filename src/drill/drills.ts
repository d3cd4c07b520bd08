/** Every drill there is, in the order in which they are run. */
import type { Drill } from './drill.ts';

import { kills } from './kills/kills.ts';

export const drills: readonly Drill[] = [kills];
