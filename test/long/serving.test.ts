// Ten thousand requests from fifty connections: every one answered, soon, in memory that does not grow.
import { expect, test } from 'vitest';
import { lastOfHundred, serve } from '../../bench/tasks/serving.ts';

const REQUESTS = 10_000;

test('10 000 requests of 784 columns', { timeout: 300_000 }, async () => {
  const { ask, megabytes, stop } = await serve();
  await ask(2000);
  const before = megabytes();
  const started = performance.now();
  const times = await ask(REQUESTS);
  const rate = REQUESTS / ((performance.now() - started) / 1000);
  console.log(
    `${rate.toFixed(0)} requests a second, 99 of 100 in ${lastOfHundred(times).toFixed(0)} ms, memory ${before.toFixed(0)} -> ${megabytes().toFixed(0)} MB`,
  );
  expect(times.length).toBe(REQUESTS);
  expect(megabytes() - before).toBeLessThan(60);
  // A tenth of what a quiet machine does.
  expect(rate).toBeGreaterThan(200);
  expect(lastOfHundred(times)).toBeLessThan(5000);
  expect(await stop()).toBe(0);
});
