/** K6 with one fault in nine. */
import { failingStorage } from '../../src/drill/failing-storage/failing-storage.ts';
import { testDrill } from './drill.testing.ts';

testDrill(failingStorage);
