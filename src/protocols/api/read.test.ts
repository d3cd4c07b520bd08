import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseFile,
  parseFilesPage,
  parseJson,
  parseNodeFile,
  parseSettings,
  parseTorrentLink,
  parseUpload,
  parseVerifyLine,
} from './read.ts';

const id = 'c'.repeat(40);
const sha256 = 'e'.repeat(64);
const file = { id, name: 'plan.txt', length: 5, sha256, piece_length: 65536, pieces: 1 };
const links = { info: '/i', download: '/d', torrent: '/t', magnet: 'magnet:?m' };
const page = { files: [file, 'no file'], next: 'n' };
const finding = { peer: 'p1', file: id, name: 'plan.txt', part: 7, problem: 'corrupt', message: 'no hash' };
const missing = {
  ...{ peer: null, file: id, name: 'plan.txt', parts: '0-3,5' },
  ...{ problem: 'missing', message: 'nobody has it', healed: false },
};
const left = { peer: 'p1', problem: 'gone', message: 'it is away', unverified: 5 };
const progress = { pieces: 1, pieces_total: 2, bytes: 3, bytes_total: 4 };
const counts = { peers: 2, files: 1, pieces: 48, bytes: 1048576, bad: 0, healed: 0, unhealed: 0, unverified: 0 };
const summary = { ...counts, offline: ['p3'], seconds: 0.31 };

const all = (value: unknown) => parseFile(value, 'id', 'name', 'length', 'sha256', 'piece_length', 'pieces');

type Reader = (value: unknown) => unknown;

const good: readonly { name: string; read: Reader; json: object; value: unknown }[] = [
  { name: 'a file', read: all, json: file, value: file },
  {
    name: 'a file whose SHA-256 is not known',
    read: all,
    json: { ...file, sha256: null },
    value: { ...file, sha256: null },
  },
  {
    name: 'only the fields that are asked for',
    read: (value) => parseFile(value, 'id'),
    json: { id, name: 1 },
    value: { id },
  },
  { name: 'a page', read: parseFilesPage, json: { count: 9, ...page }, value: page },
  { name: 'the last page', read: parseFilesPage, json: { files: [] }, value: { files: [], next: undefined } },
  { name: 'an upload', read: parseUpload, json: { ...file, links }, value: { id, name: 'plan.txt', sha256, links } },
  { name: 'the link to a torrent', read: parseTorrentLink, json: { links }, value: '/t' },
  { name: 'settings', read: parseSettings, json: { piece_size: 65536, more: 1 }, value: { piece_size: 65536 } },
  { name: 'a file of a node', read: parseNodeFile, json: { hash: id, pieces: '1' }, value: { hash: id } },
  { name: 'a finding', read: parseVerifyLine, json: finding, value: finding },
  { name: 'a repair', read: parseVerifyLine, json: { ...finding, healed: true }, value: { ...finding, healed: true } },
  { name: 'missing pieces', read: parseVerifyLine, json: missing, value: missing },
  { name: 'a peer that left', read: parseVerifyLine, json: left, value: left },
  { name: 'a progress', read: parseVerifyLine, json: { progress }, value: { progress } },
  {
    name: 'a progress without counts',
    read: parseVerifyLine,
    json: { progress: {} },
    value: { progress: { pieces: 0, pieces_total: 0, bytes: 0, bytes_total: 0 } },
  },
  { name: 'a summary', read: parseVerifyLine, json: { summary }, value: { summary } },
];

for (const { name, read, json, value } of good) {
  test(`${name} is read`, () => assert.deepEqual(read(parseJson(JSON.stringify(json))), value));
}

const bad: readonly { name: string; read: Reader; json: object }[] = [
  { name: 'an id that is none', read: all, json: { ...file, id: 'c9e1' } },
  { name: 'a number for a name', read: all, json: { ...file, name: 1 } },
  { name: 'a length below 0', read: all, json: { ...file, length: -1 } },
  { name: 'half a byte', read: all, json: { ...file, length: 0.5 } },
  { name: 'a length in digits', read: all, json: { ...file, length: '5' } },
  { name: 'more bytes than a number counts exactly', read: all, json: { ...file, length: 2 ** 53 } },
  { name: 'a file without a SHA-256', read: all, json: { ...file, sha256: undefined } },
  { name: 'a name for files', read: parseFilesPage, json: { files: 'plan.txt' } },
  { name: 'an upload without links', read: parseUpload, json: file },
  {
    name: 'an upload with a link missing',
    read: parseUpload,
    json: { ...file, links: { ...links, magnet: undefined } },
  },
  { name: 'links that are null', read: parseTorrentLink, json: { links: null } },
  { name: 'a number for a link', read: parseTorrentLink, json: { links: { torrent: 1 } } },
  { name: 'pieces of half a byte', read: parseSettings, json: { piece_size: 0.5 } },
  { name: 'a file of a node without a hash', read: parseNodeFile, json: { detail: 'no such file' } },
  { name: 'a finding without a piece', read: parseVerifyLine, json: { ...finding, part: undefined } },
  { name: 'a finding without a peer', read: parseVerifyLine, json: { ...finding, peer: undefined } },
  { name: 'a finding of nobody', read: parseVerifyLine, json: { ...finding, peer: null } },
  { name: 'a repair that is neither done nor not', read: parseVerifyLine, json: { ...finding, healed: 'yes' } },
  { name: 'a peer that left nothing', read: parseVerifyLine, json: { ...left, unverified: undefined } },
  { name: 'a summary without a count', read: parseVerifyLine, json: { summary: { ...summary, unhealed: undefined } } },
  { name: 'a summary that is a number', read: parseVerifyLine, json: { summary: 1 } },
  { name: 'numbers for peers', read: parseVerifyLine, json: { summary: { ...summary, offline: [3] } } },
];

for (const { name, read, json } of bad) {
  test(`${name} is not understood`, () => assert.equal(read(parseJson(JSON.stringify(json))), undefined));
}

const strangers = ['', '<!doctype html>', 'null', '1', '"text"', '[]', '{}'];
const readers: Readonly<Record<string, Reader>> = {
  ...{ parseFile: all, parseFilesPage, parseUpload, parseTorrentLink, parseSettings, parseNodeFile, parseVerifyLine },
};
for (const [name, read] of Object.entries(readers)) {
  test(`${name} makes nothing of what is no view`, () => {
    for (const text of strangers) assert.equal(read(parseJson(text)), undefined, text);
  });
}
