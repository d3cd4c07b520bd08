/** K3, bounded: bits turn on the disks of peers. */
import { bitRot } from '../../src/drill/bit-rot/bit-rot.ts';
import { testDrill } from './drill.testing.ts';

testDrill(bitRot);
