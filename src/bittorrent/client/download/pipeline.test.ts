import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireLimits } from '../../../protocols/wire/types.ts';
import { Pipeline, pipelineLimits } from './pipeline.ts';

const { blockBytes } = wireLimits;
/** The `reqq` of a peer that queues any number of requests. */
const anyNumber = 2000;

function give(pipeline: Pipeline, blocks: number): void {
  for (let block = 0; block < blocks; block += 1) pipeline.received(blockBytes);
}

/** A second in which so many blocks come. */
function second(pipeline: Pipeline, blocks: number): void {
  give(pipeline, blocks);
  pipeline.tick(1000);
}

test('it begins small, and doubles in every round trip', () => {
  const pipeline = new Pipeline();
  const depths = Array.from({ length: 5 }, () => {
    const depth = pipeline.depth(anyNumber);
    give(pipeline, depth); // all that was asked for comes
    return depth;
  });
  assert.deepEqual(depths, [4, 8, 16, 32, 64]);
});

test('it stays open while the peer gets faster, and settles at what it gives in a second', () => {
  const pipeline = new Pipeline();
  second(pipeline, 20);
  assert.equal(pipeline.depth(anyNumber), 24);
  second(pipeline, 24);
  assert.equal(pipeline.depth(anyNumber), 48, 'a fifth more than before: still open');
  for (let time = 0; time < 20; time += 1) second(pipeline, 24);
  assert.equal(pipeline.depth(anyNumber), 24);
  assert.ok(Math.abs(pipeline.bytesPerSecond - 24 * blockBytes) < 1);
});

const rounds: { name: string; blocksPerSecond: number; depth: number }[] = [
  { name: 'the slowest', blocksPerSecond: 0.5, depth: pipelineLimits.min },
  { name: 'just what is asked for at least', blocksPerSecond: 4, depth: 4 },
  { name: 'a little more', blocksPerSecond: 5, depth: 5 },
  { name: 'just what is asked for at most', blocksPerSecond: 500, depth: 500 },
  { name: 'the fastest', blocksPerSecond: 50_000, depth: pipelineLimits.max },
];

for (const { name, blocksPerSecond, depth } of rounds)
  test(`depth for a steady peer: ${name}`, () => {
    const pipeline = new Pipeline();
    for (let time = 0; time < 40; time += 1) {
      give(pipeline, blocksPerSecond * 2);
      pipeline.tick(2000);
    }
    assert.equal(pipeline.depth(anyNumber), depth);
  });

test('while it opens, it is no deeper than the limit either', () => {
  const pipeline = new Pipeline();
  give(pipeline, 10_000);
  assert.equal(pipeline.depth(anyNumber), pipelineLimits.max);
});

const said: { name: string; requestsMax: number | undefined; depth: number }[] = [
  { name: 'nothing', requestsMax: undefined, depth: pipelineLimits.unsaid },
  { name: 'more than we would ask for', requestsMax: 5000, depth: pipelineLimits.max },
  { name: 'less', requestsMax: 17, depth: 17 },
  { name: 'none', requestsMax: 0, depth: 1 },
];

for (const { name, requestsMax, depth } of said)
  test(`a peer that says about the requests it lets wait: ${name}`, () => {
    const pipeline = new Pipeline();
    give(pipeline, 1000);
    assert.equal(pipeline.depth(requestsMax), depth);
  });

test('a slow second halves it, and does not close it', () => {
  const pipeline = new Pipeline();
  for (let time = 0; time < 20; time += 1) second(pipeline, 100);
  second(pipeline, 0);
  assert.equal(pipeline.depth(anyNumber), 50);
  for (let time = 0; time < 20; time += 1) second(pipeline, 0);
  assert.equal(pipeline.depth(anyNumber), pipelineLimits.min);
});

test('a peer that waited in vain may get faster again', () => {
  const pipeline = new Pipeline();
  for (let time = 0; time < 30; time += 1) second(pipeline, 0);
  assert.equal(pipeline.depth(anyNumber), pipelineLimits.min);
  const depths = Array.from({ length: 12 }, () => {
    second(pipeline, 10 * pipeline.depth(anyNumber)); // a round trip of a tenth of a second
    return pipeline.depth(anyNumber);
  });
  assert.deepEqual(depths.at(-1), pipelineLimits.max);
});

test('a peer that is asked for nothing is as fast as it was', () => {
  const pipeline = new Pipeline();
  for (let time = 0; time < 20; time += 1) second(pipeline, 100);
  const { bytesPerSecond } = pipeline;
  for (let time = 0; time < 20; time += 1) pipeline.tick(1000, true);
  assert.deepEqual([pipeline.depth(anyNumber), pipeline.bytesPerSecond], [100, bytesPerSecond]);
  give(pipeline, 50); // and that was all
  pipeline.tick(1000, true);
  assert.ok(pipeline.bytesPerSecond < bytesPerSecond);
});

test('after a choke it opens anew, and comes back to what it was in a second', () => {
  const pipeline = new Pipeline();
  for (let time = 0; time < 20; time += 1) second(pipeline, 100);
  pipeline.reopen();
  assert.equal(pipeline.depth(anyNumber), pipelineLimits.min);
  give(pipeline, 4);
  assert.equal(pipeline.depth(anyNumber), 8);
  second(pipeline, 80);
  assert.equal(pipeline.depth(anyNumber), 92);
});

test('a choke does not open it further', () => {
  const pipeline = new Pipeline();
  pipeline.close();
  pipeline.reopen();
  assert.equal(pipeline.depth(anyNumber), 1);
});

test('closed, it asks for one block, and opens as from the start', () => {
  const pipeline = new Pipeline();
  for (let time = 0; time < 20; time += 1) second(pipeline, 100);
  pipeline.close();
  assert.deepEqual([pipeline.depth(anyNumber), pipeline.bytesPerSecond], [1, 0]);
  second(pipeline, 0);
  assert.equal(pipeline.depth(anyNumber), 1);
  give(pipeline, 1);
  assert.equal(pipeline.depth(anyNumber), 2);
  give(pipeline, 2);
  assert.equal(pipeline.depth(anyNumber), 4);
});
