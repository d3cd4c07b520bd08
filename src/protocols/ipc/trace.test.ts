import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPieces, Recorded } from '../../bytes/trace.testing.ts';
import { IpcError } from './errors.ts';
import { parseReply, parseRequest } from './line.ts';
import { IpcReader, type IpcSink } from './read.ts';
import { observeSent } from './trace.ts';
import { encodeReply } from './write.ts';

const sink: IpcSink<unknown> = { onPayload: () => null, onMessage() {}, onFault() {} };

function feed(reader: IpcReader<unknown>, chunks: readonly Buffer[]): void {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const into = reader.buffer();
      const count = Math.min(into.length, chunk.length - at);
      into.set(chunk.subarray(at, at + count));
      reader.received(count);
      at += count;
    }
  }
}

const file = '3f786850e387550fdab836ed7e6dc881de23001b';
const lines = [
  '> 000000  verb            PING',
  '> 000006  seq             1',
  '> 000011  LF              "\\n"',
  '> 000012  verb            STORE_PART',
  `> 000023  file            ${file}`,
  '> 000069  part            7',
  '> 000076  size            3',
  '> 000083  offset          0',
  `> 000092  sha1            ${file}`,
  '> 000137  LF              "\\n"',
  '> 000138  payload         3 bytes',
  '> 000141  line            "what?\\x1b"',
  '> 000147  LF              "\\n"',
  '> 000148  verb            what?',
  '> 000154  key             "two words"',
  '> 000169  LF              "\\n"',
];
const bytes = Buffer.from(
  `PING  seq=1\nSTORE_PART file=${file} part=7 size=3 offset=0 sha1=${file}\nabcwhat?\x1b\nwhat? key=two%20words\n`,
);

for (const chunks of inPieces(bytes)) {
  test(`requests in ${chunks.length} pieces`, () => {
    const recorded = new Recorded();
    feed(new IpcReader(parseRequest, sink, recorded.observe), chunks);
    assert.deepEqual(recorded.lines, lines);
    assert.equal(recorded.bytes, bytes.toString('latin1').replace('\nabc', '\n???'));
  });
}

test('a reply is shown by who sends it as by who receives it', () => {
  const line = encodeReply({ verb: 'OK', seq: '12', size: 70_000 });
  const [sent, received] = [new Recorded('<'), new Recorded('<')];
  observeSent(sent.observe, line, 70_000);
  feed(new IpcReader(parseReply, sink, received.observe), [Buffer.from(line), Buffer.alloc(70_000)]);
  assert.deepEqual(sent.lines, received.lines);
  assert.deepEqual(sent.fields, ['verb OK', 'seq 12', 'size 70000', 'LF "\\n"', 'payload 70000 bytes']);
});

test('a line that ends the session is shown', () => {
  const recorded = new Recorded();
  assert.throws(() => feed(new IpcReader(parseRequest, sink, recorded.observe), [Buffer.from('A size=x\n')]), IpcError);
  assert.deepEqual(recorded.fields, ['verb A', 'size x', 'LF "\\n"']);
});
