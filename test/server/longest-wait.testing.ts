/**
 * The longest time that a server lets others wait, seen from outside. The questions are asked by a thread of their own:
 * the test may be busy itself.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Asks for `/healthz` every few milliseconds; tells the longest answer when it gets a message. CommonJS, for `eval`. */
const prober = `
  const { get, Agent } = require('node:http');
  const { parentPort, workerData } = require('node:worker_threads');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let [longestMs, answers, over] = [0, 0, false];
  parentPort.once('message', () => { over = true; });
  const ask = () => {
    const began = performance.now();
    get(workerData + '/healthz', { agent }, (response) => response.resume().once('end', () => {
      answers += 1;
      longestMs = Math.max(longestMs, performance.now() - began);
      if (answers === 1) longestMs = 0, parentPort.postMessage('begun');
      if (over) parentPort.postMessage(longestMs), agent.destroy();
      else setTimeout(ask, 2);
    }));
  };
  ask();
`;

/** The milliseconds of the longest answer to `GET /healthz` while `work` is under way, and its result. */
export async function longestWait<Result>(url: string, work: () => Promise<Result>) {
  const worker = new Worker(prober, { eval: true, workerData: url });
  try {
    await once(worker, 'message');
    const result = await work();
    worker.postMessage('over');
    const [ms] = (await once(worker, 'message')) as [number];
    return { ms, result };
  } finally {
    await worker.terminate();
  }
}
