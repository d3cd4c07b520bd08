import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Semaphore } from './semaphore.ts';

test('as many as may at a time, in their order, also when some fail', async () => {
  const semaphore = new Semaphore(2);
  const begun: number[] = [];
  let underWay = 0;
  let most = 0;
  const work = async (number: number): Promise<number> => {
    begun.push(number);
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise(setImmediate);
    underWay -= 1;
    if (number % 3 === 0) throw new Error(`work ${number} failed`);
    return number;
  };
  const numbers = [...Array(10).keys()];
  const outcomes = await Promise.allSettled(numbers.map((number) => semaphore.run(() => work(number))));
  assert.deepEqual([begun, most, underWay], [numbers, 2, 0]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    numbers.map((number) => (number % 3 === 0 ? `work ${number} failed` : number)),
  );
  assert.equal(await semaphore.run(async () => 'free'), 'free');
});
