/** K1 with 20 kills. */
import { kills } from '../../src/drill/kills/kills.ts';
import { testDrill } from './drill.testing.ts';

testDrill(kills);
