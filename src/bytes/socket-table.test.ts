import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientEntries, ownerIn } from './socket-table.ts';

const ends = { remote: { address: '127.0.0.1', port: 0xa299 }, local: { address: '127.0.0.1', port: 0x2329 } };
const ends6 = { remote: { address: '::1', port: 0xa299 }, local: { address: '::1', port: 0x2329 } };
const rest = '00000000:00000000 00:00000000 00000000';
const one = '0100007F';
const mapped = '0000000000000000FFFF00000100007F';
const one6 = '00000000000000000000000001000000';

const rows = [
  { name: 'the client', line: `   0: ${one}:A299 ${one}:2329 01 ${rest}  1000        0 862324 1`, uid: 1000 },
  { name: 'the mapped client', line: `12345: ${mapped}:A299 ${mapped}:2329 01 ${rest} 7 0 862324 1`, uid: 7 },
  { name: 'the client by IPv6', line: `   0: ${one6}:A299 ${one6}:2329 01 ${rest} 7 0 1 1`, uid: 7, of: ends6 },
  { name: 'our own end', line: `   0: ${one}:2329 ${one}:A299 01 ${rest}  0        0 862324 1` },
  { name: 'another port', line: `   0: ${one}:A298 ${one}:2329 01 ${rest}  0        0 862324 1` },
  { name: 'the same port towards another of ours', line: `   0: ${one}:A299 ${one}:232A 01 ${rest} 0 0 1 1` },
  { name: 'another loopback address', line: `   0: 0200007F:A299 ${one}:2329 01 ${rest} 0 0 1 1` },
  { name: 'a socket that its process closed, shown as root’s', line: `0: ${one}:A299 ${one}:2329 04 ${rest} 0 0 0 1` },
  { name: 'one that waits after its end', line: `   0: ${one}:A299 ${one}:2329 06 ${rest} 0 0 0 3` },
  { name: 'no uid', line: `   0: ${one}:A299 ${one}:2329 01 ${rest} x 0 0 3` },
  { name: 'a line that is cut', line: `   0: ${one}:A299 ${one}:2329 01` },
  { name: 'the heading', line: '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid' },
  { name: 'nothing', line: '' },
];
for (const { name, line, uid, of = ends } of rows) {
  test(`${name}: ${uid ?? 'unknown'}`, () => assert.equal(ownerIn(line, clientEntries(of)), uid));
}
