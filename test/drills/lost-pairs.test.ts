/** K4, bounded: two pairs of peers killed, two frozen. */
import { lostPairs } from '../../src/drill/lost-pairs/lost-pairs.ts';
import { testDrill } from './drill.testing.ts';

testDrill(lostPairs);
