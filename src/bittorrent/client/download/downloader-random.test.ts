/**
 * Whole downloads in swarms that do what they like: peers come, choke, refuse, dawdle, lie and go, and the disk takes
 * its time. Whatever happens: every piece is right when it is written, nobody honest is condemned, no memory is lost,
 * and once somebody stays who has everything, the download ends.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestSwarm } from '../downloader.testing.ts';
import { below, oneOf, seededRandom } from '../picker.testing.ts';
import { type Remote, settled, spoil } from '../played-peer.testing.ts';

class RandomSwarm extends TestSwarm {
  readonly random: () => number;
  readonly liars = new Set<string>();
  #names = 0;

  constructor(seed: number) {
    const random = seededRandom(seed);
    const pieces = 1 + below(30, random);
    const have = [...Array(pieces).keys()].filter(() => random() < 0.2);
    super({ pieces, blocks: 1 + below(6, random), have: have.slice(1), slowDisk: random() < 0.5, seed });
    this.random = random;
  }

  get here(): Remote[] {
    return this.remotes.filter(({ gone, closed }) => !gone && closed === undefined);
  }

  come(): void {
    const { random } = this;
    this.#names += 1;
    const name = `peer ${this.#names}`;
    if (random() < 0.2) this.liars.add(name);
    const share = oneOf([0.2, 0.6, 1, 1], random);
    this.join(name, {
      has: [...Array(this.have.size).keys()].filter(() => random() < share),
      fast: random() < 0.5,
      choking: random() < 0.5,
      lastResort: random() < 0.1,
      ...(random() < 0.3 && { requestsMax: 1 + below(6, random) }),
    });
  }

  give(remote: Remote): void {
    const { random } = this;
    const wrong = this.liars.has(remote.name) && random() < 0.5;
    remote.gives(1 + below(4, random), wrong ? spoil : undefined);
  }

  step(): void {
    const { random, here } = this;
    const chance = random();
    if (here.length < 2 || (chance < 0.03 && here.length < 8)) this.come();
    const remote = oneOf(this.here, random);
    if (chance < 0.55) this.give(remote);
    else if (chance < 0.65) this.pass(1 + below(3, random));
    else if (chance < 0.72 && remote.session.peerChoking) remote.unchokes();
    else if (chance < 0.72) remote.chokes();
    else if (chance < 0.75 && remote.session.agreed.fast) remote.rejects(1);
    else if (chance < 0.77) remote.forgets(1);
    else if (chance < 0.8) remote.leaves();
    else if (chance < 0.85) remote.says({ kind: 'have', index: below(this.have.size, random) });
    else if (chance < 0.95) this.writes.splice(below(this.writes.length, random), 1)[0]?.finish();
    else this.giveGarbage(remote);
    this.endClosed();
  }

  /** Gives a block that the peer was not asked for, or not any more. */
  giveGarbage(remote: Remote): void {
    const { random } = this;
    const index = below(this.have.size, random);
    const begin = below(3, random) * 8192;
    const length = Math.min(16_384, Math.max(1, this.bytesOf(index).length - begin));
    const block = { index, begin, length };
    if (!remote.wasAskedFor(block) && remote.session.isBlock(block)) remote.giveBlock(block, spoil);
  }

  check(): void {
    const condemned = this.events.filter((event) => event.startsWith('liar ')).map((event) => event.slice(5));
    for (const name of condemned) assert.ok(this.liars.has(name), `${name} is honest`);
    assert.equal(new Set(condemned).size, condemned.length, 'nobody is condemned twice');
    for (const index of this.have) {
      const start = index * this.file.pieceLength;
      const bytes = this.bytesOf(index);
      assert.ok(bytes.equals(this.disk.subarray(start, start + bytes.length)), `piece ${index} is right`);
    }
  }

  /**
   * Somebody honest comes who has everything, and stays. The others give what they are asked for, or lies, or nothing.
   * Answers after how many seconds all was there.
   */
  async toTheEnd(): Promise<number> {
    const seed = this.join('seed');
    const others = this.random() < 0.5 ? this.here : [];
    for (let second = 0; second < 200; second += 1) {
      seed.gives();
      for (const remote of others) if (!remote.gone && remote !== seed) this.give(remote);
      for (const write of this.writes.splice(0)) write.finish();
      await settled();
      if (this.have.full) return second;
      this.pass(1);
    }
    throw new Error(`${this.have.count} of ${this.have.size} pieces came`);
  }
}

test('whatever peers and the disk do: it is all right in the end', async () => {
  let condemned = 0;
  let slowest = 0;
  for (let seed = 0; seed < 150; seed += 1) {
    const swarm = new RandomSwarm(seed);
    for (let turn = 0; turn < 300; turn += 1) {
      swarm.step();
      if (turn % 10 === 0) {
        await settled();
        swarm.check();
      }
    }
    slowest = Math.max(slowest, await swarm.toTheEnd());
    swarm.check();
    await swarm.endWhole();
    assert.equal(swarm.events.filter((event) => event === 'whole').length, 1);
    condemned += swarm.events.filter((event) => event.startsWith('liar ')).length;
  }
  assert.ok(condemned > 50, `${condemned} liars were found out`);
  assert.ok(slowest < 30, `it took ${slowest} s from when a seed was there`);
});
