import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePeerId } from '../../bytes/ids.ts';
import { RegisterError } from './errors.ts';
import { isRegister, parseRegister, parseRegisterReply } from './read.ts';
import { type RegisterReply, registerLimits } from './types.ts';
import { encodeRegister, encodeRegisterReply } from './write.ts';

const p1 = parsePeerId('p1') as NonNullable<ReturnType<typeof parsePeerId>>;
const bytes = (text: string) => Buffer.from(text, 'latin1');
const spelled = (datagram: Uint8Array | undefined) => datagram && Buffer.from(datagram).toString('latin1');

const requests = [
  { line: 'REGISTER peer-id=p1 ipc-path=peers/p1', request: { peerId: p1, ipcPath: 'peers/p1' } },
  { line: 'REGISTER peer-id=p1 ipc-path=/srv/my%20peers/%C3%A4', request: { peerId: p1, ipcPath: '/srv/my peers/ä' } },
];

for (const { line, request } of requests) {
  test(`${line} is read and written`, () => {
    for (const end of ['', '\n', '\r\n']) assert.deepEqual(parseRegister(bytes(line + end)), request);
    assert.equal(spelled(encodeRegister(request)), line);
  });
}

const replies: { line: string; reply: RegisterReply }[] = [
  { line: 'OK peer-id=p1 files=3 pieces=412', reply: { verb: 'OK', peerId: p1, files: 3, pieces: 412 } },
  { line: 'ERR code=taken message=p1%20is%20online', reply: { verb: 'ERR', code: 'taken', message: 'p1 is online' } },
];

for (const { line, reply } of replies) {
  test(`${line} is read and written`, () => {
    assert.deepEqual(parseRegisterReply(bytes(line)), reply);
    assert.equal(spelled(encodeRegisterReply(reply)), line);
  });
}

const badRequests = [
  { name: 'a line without a path', line: 'REGISTER peer-id=p1' },
  { name: 'an empty path', line: 'REGISTER peer-id=p1 ipc-path=' },
  { name: 'a NUL in the path', line: 'REGISTER peer-id=p1 ipc-path=a%00b' },
  { name: 'no peer id', line: 'REGISTER ipc-path=peers/p1' },
  { name: 'a peer id that is a path', line: 'REGISTER peer-id=../p1 ipc-path=peers/p1' },
  { name: 'a path twice', line: 'REGISTER peer-id=p1 ipc-path=a ipc-path=b' },
  { name: 'a second line', line: 'REGISTER peer-id=p1 ipc-path=a\nREGISTER' },
  { name: 'a word without a value', line: 'REGISTER me' },
];

for (const { name, line } of badRequests) {
  test(`a registration with ${name} is answered with ERR bad-request`, () => {
    assert.throws(
      () => parseRegister(bytes(line)),
      (error) => error instanceof RegisterError && error.answer === 'bad-request',
    );
  });
}

const noise = ['', 'REGISTER', 'register peer-id=p1 ipc-path=a', 'HELLO', '\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0abcd'];

for (const line of noise) {
  test(`${JSON.stringify(line)} is no registration, and not answered`, () => {
    assert.equal(isRegister(bytes(line)), false);
    assert.throws(
      () => parseRegister(bytes(line)),
      (error) => error instanceof RegisterError && error.answer === 'drop',
    );
  });
}

test('a request at the limit is read, and one byte more is refused', () => {
  const longest = 'REGISTER peer-id=p1 ipc-path='.padEnd(registerLimits.requestBytesMax, 'x');
  assert.equal(parseRegister(bytes(longest)).peerId, 'p1');
  assert.throws(() => parseRegister(bytes(`${longest}x`)), RegisterError);
});

test('an answer that is none is refused', () => {
  for (const line of ['', 'YES', 'OK', 'OK peer-id=p1 files=many', 'ERR', 'ERR code=tired']) {
    assert.throws(() => parseRegisterReply(bytes(line)), RegisterError);
  }
});
