/** Every drill there is, in the order in which they are run. */
import { bitRot } from './bit-rot/bit-rot.ts';
import type { Drill } from './drill.ts';
import { failingStorage } from './failing-storage/failing-storage.ts';
import { kills } from './kills/kills.ts';
import { lostPairs } from './lost-pairs/lost-pairs.ts';
import { lostPieces } from './lost-pieces/lost-pieces.ts';
import { powerLoss } from './power-loss/power-loss.ts';
import { soak } from './soak/soak.ts';

export const drills: readonly Drill[] = [kills, powerLoss, bitRot, lostPairs, lostPieces, failingStorage, soak];
