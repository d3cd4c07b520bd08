import { test } from 'node:test';
import { fuzz } from './http-soak.ts';

test('hundreds of connections at once, well behaved and not', () => fuzz(1, 400));
