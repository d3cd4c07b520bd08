/** K2 with one moment in six. */
import { powerLoss } from '../../src/drill/power-loss/power-loss.ts';
import { testDrill } from './drill.testing.ts';

testDrill(powerLoss);
