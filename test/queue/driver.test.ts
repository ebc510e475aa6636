// What a driver makes of receipts, without a server.
import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ElsewhereJob } from '../../src/runtime/schedule/elsewhere.ts';
import { QueueDriver, type DriverOptions } from '../../src/runtime/node/queue/driver.ts';
import type { JobData, JobWork } from '../../src/runtime/node/queue/messages.ts';

interface Added {
  readonly data: JobData;
  readonly opts: { readonly jobId: string };
  readonly children?: readonly Added[];
}

/** A queue whose worker answers each job at once. */
function driverOver(answer: (work: JobWork) => object): { readonly driver: QueueDriver; readonly works: readonly JobWork[] } {
  const works: JobWork[] = [];
  const events = new EventEmitter();
  const added = async ({ data, opts, children = [] }: Added): Promise<void> => {
    for (const child of children) await added(child);
    const [work] = JSON.parse(data.work) as [JobWork];
    works.push(work);
    await turn();
    events.emit('completed', { jobId: opts.jobId, returnvalue: [{ worker: 'one', attempt: 1, ms: 1, ...answer(work) }] });
  };
  const close = async (): Promise<void> => {};
  const on = (): void => {};
  const about = { worker: 'one', queue: 'stages', adapter: { name: 'it', software: true }, code: 'this', version: '1' };
  const bullmq = {
    Queue: class {
      name = 'stages';
      on = on;
      close = close;
      toKey = (name: string): string => name;
      remove = close;
      add = (_: string, data: JobData, opts: Added['opts']): Promise<void> => added({ data, opts });
    },
    FlowProducer: class {
      on = on;
      close = close;
      add = added;
    },
    QueueEvents: class {
      on = (name: string, call: () => void): unknown => events.on(name, call);
      close = close;
    },
  };
  const client = {
    status: 'ready',
    set: async () => 'OK',
    scan: async () => ['0', ['key']],
    mget: async () => [JSON.stringify(about)],
    xrevrange: async () => [],
    duplicate: () => client,
    disconnect: on,
  };
  const packed = { digest: 'digest', root: '/' };
  return {
    driver: new QueueDriver({
      bullmq,
      client,
      shown: 'redis',
      secret: 'a secret of the tests',
      code: 'this',
      packed,
      adapter: 'auto',
    } as never as DriverOptions),
    works,
  };
}

const job = {
  node: { path: 'search', stage: { spec: { id: 'search' } } },
  key: 'key',
  parts: {},
  from: {},
  anew: false,
  seed: 0,
  signal: new AbortController().signal,
  emit: () => {},
};
const compute = (driver: QueueDriver): Promise<unknown> => driver.compute(job as never as ElsewhereJob);

test('models are divided once, and those that nobody kept are not trained for ever', async () => {
  const models = ['a', 'b', 'c'];
  const fine = driverOver(({ share, divided }) => (share || divided ? {} : { divide: models }));
  expect(await compute(fine.driver)).toMatchObject({ worker: 'one', attempt: 1 });
  expect(fine.works.map(({ share }) => share)).toEqual([undefined, [0, 1], [1, 2], [2, 3], undefined]);
  await fine.driver.close();

  const forgetful = driverOver(({ share }) => (share ? {} : { divide: models }));
  await expect(compute(forgetful.driver)).rejects.toMatchObject({
    code: 'E_QUEUE',
    message: expect.stringMatching(/'search' provides is not in the shared cache, where one says/),
    hint: expect.stringContaining('PIPELINE_CACHE'),
  });
  expect(forgetful.works.filter(({ share }) => share)).toHaveLength(9);
  await forgetful.driver.close();
});
