/** K7 for a minute. */
import { soak } from '../../src/drill/soak/soak.ts';
import { testDrill } from './drill.testing.ts';

testDrill(soak);
