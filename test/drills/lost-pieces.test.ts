/** K5 with 20 lost pieces. */
import { lostPieces } from '../../src/drill/lost-pieces/lost-pieces.ts';
import { testDrill } from './drill.testing.ts';

testDrill(lostPieces);
