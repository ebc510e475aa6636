// Which stages go together in one job, and what becomes of them where the job fails, is lost, or is done in part: no queue is needed.
import { expect, test } from 'vitest';
import { Batches } from '../../src/runtime/node/queue/batches.ts';
import type { JobWork, Receipt } from '../../src/runtime/node/queue/messages.ts';
import type { ElsewhereJob } from '../../src/runtime/schedule/elsewhere.ts';

type Send = ConstructorParameters<typeof Batches>[0];

const { signal } = new AbortController();
const job = (id: string, own = signal): ElsewhereJob => ({ node: { stage: { spec: { id } } }, signal: own }) as never;
const work = (key: string | number): JobWork => ({ code: '', stage: 's', key: String(key), seed: 0, from: {} });
const receipt = ({ key }: JobWork, ms = 1): Receipt => ({ worker: key, attempt: 1, ms });

/** Hands out `count` stages. @returns what came of each, and the sizes of the jobs */
async function handed(count: number, send: Send): Promise<{ readonly ends: readonly unknown[]; readonly sizes: readonly number[] }> {
  const sizes: number[] = [];
  const batches = new Batches(async (works, of) => {
    sizes.push(works.length);
    return send(works, of);
  });
  const ends = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      batches.add(work(i), job('kind')).then(
        (done) => done?.worker,
        (error: Error) => error.message,
      ),
    ),
  );
  return { ends, sizes };
}

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => String(i));

test('quick stages go together once that is known, slow ones each in a job', async () => {
  const quick = await handed(300, async (works) => works.map((one) => receipt(one)));
  expect(quick.ends).toEqual(numbers(300));
  expect(quick.sizes.reduce((a, b) => a + b)).toBe(300);
  // As many as are handed out while nothing is known, and then 64 a job.
  expect(quick.sizes.slice(64)).toEqual([64, 64, 64, 44]);
  const slow = await handed(100, async (works) => works.map((one) => receipt(one, 500)));
  expect(slow.ends).toEqual(numbers(100));
  expect(slow.sizes).toEqual(numbers(100).map(() => 1));
  // Of one that was divided it is not known how long it takes.
  const divided = await handed(100, async (works) => works.map((one) => ({ ...receipt(one), divide: ['a', 'b'] })));
  expect(divided.sizes).toEqual(slow.sizes);
});

test('a job with several stages that fails, is lost or is left in part is handed out again one by one', async () => {
  const failing = await handed(200, async (works) => {
    if (works.some(({ key }) => key === '150')) throw new Error('no such rows');
    return works.map((one) => receipt(one));
  });
  expect(failing.ends).toEqual(numbers(200).map((key) => (key === '150' ? 'no such rows' : key)));
  const lost = await handed(200, async (works) => (works.length > 1 ? undefined : works.map((one) => receipt(one))));
  expect(lost.ends).toEqual(numbers(200));
  const inPart = await handed(200, async (works) => works.slice(0, 10).map((one) => receipt(one)));
  expect(inPart.ends).toEqual(numbers(200));
  // One that is alone is told that it was lost: it may have been divided, and its models stand.
  expect((await handed(1, async () => undefined)).ends).toEqual([undefined]);
});

test('what waits ends with the run, and no job is made of it', async () => {
  const own = new AbortController();
  let sent = 0;
  const stopped = new Promise<never>((_, reject) => own.signal.addEventListener('abort', () => reject(new Error('stopped'))));
  const batches = new Batches(() => {
    sent++;
    return stopped;
  });
  const ends = numbers(100).map((key) => batches.add(work(key), job('kind', own.signal)).catch((error: Error) => error.message));
  await new Promise((resolve) => setTimeout(resolve, 20));
  own.abort();
  const said = await Promise.all(ends);
  expect(sent).toBe(64);
  expect(said.filter((text) => text === 'stopped')).toHaveLength(64);
  expect(said.filter((text) => text === 'The run was cancelled.')).toHaveLength(36);
});
