import assert from 'node:assert/strict';
import test from 'node:test';
import { nearest } from './nearest.ts';

const words = ['port', 'host', 'piece_size', 'allowed_hosts', 'peers', 'udp'];

const rows: readonly { name: string; word: string; meant: string | undefined }[] = [
  { name: 'two letters swapped', word: 'prot', meant: 'port' },
  { name: 'a letter missing', word: 'pice_size', meant: 'piece_size' },
  { name: 'a letter too many', word: 'porrt', meant: 'port' },
  { name: 'a letter changed', word: 'hist', meant: 'host' },
  { name: 'another case', word: 'Allowed_Hosts', meant: 'allowed_hosts' },
  { name: 'a dash for an underscore', word: 'piece-size', meant: 'piece_size' },
  { name: 'the word itself', word: 'udp', meant: 'udp' },
  { name: 'nothing like it', word: 'colour', meant: undefined },
  { name: 'too short to tell', word: 'x', meant: undefined },
  { name: 'empty', word: '', meant: undefined },
];

for (const { name, word, meant } of rows) {
  test(`nearest: ${name}`, () => assert.equal(nearest(word, words), meant));
}

test('nearest: without candidates there is no suggestion', () => assert.equal(nearest('port', []), undefined));
