// Work of estimators beside the main thread, which would else leave all of a processor's cores idle but one.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Threads } from '../../core/threads.ts';

const CODE = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module)
    .then((module) => module.default(workerData.data))
    .then((result) => parentPort.postMessage(result));
`;

export const nodeThreads: Threads = {
  others: availableParallelism() - 1,
  async call(module, data, signal) {
    signal.throwIfAborted();
    const worker = new Worker(CODE, { eval: true, workerData: { module: module.href, data } });
    const stop = (): void => void worker.terminate();
    signal.addEventListener('abort', stop);
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('The thread was stopped.')));
      });
    } finally {
      signal.removeEventListener('abort', stop);
      await worker.terminate();
    }
  },
};
