// Checkpoints of sharded fits: workers that are lost after one, and runs that go on from one, end with the bits of one machine.
import { expect, onTestFinished, test } from 'vitest';
import type { Compute } from '../../src/core/compute.ts';
import type { Shards } from '../../src/core/shards/shards.ts';
import type { Checkpoints } from '../../src/dsl/stage/context.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { testCompute } from '../support/compute.ts';
import { fleet, unbalanced, type Fleet, type Line } from '../support/shardedFits.ts';
import { stageContext } from '../support/smallSets.ts';

const compute: Compute = { ...(await testCompute()), solver: 'host' };
const ROWS = 3 * 4096 + 1301;
const data = unbalanced(ROWS, 24, { classes: 3 });
const folds = { count: 3, fold: Uint8Array.from({ length: ROWS }, (_, i) => i % 3) };
const JOBS = [{ name: 'fit' }, { name: 'fold 0', heldOut: 0 }];

/** Due at every third question. @param found what a run before left */
function checkpointsOf(saved: unknown[], found?: unknown): Checkpoints {
  let asked = 0;
  const one = {
    load: async () => found,
    due: () => ++asked % 3 === 0,
    save: (state: unknown) => void saved.push(structuredClone(state)),
    finish: () => {},
  };
  return { rewind: () => {}, next: () => one };
}

async function trained(shards?: Shards, checkpoints?: Checkpoints): Promise<string> {
  const context = { ...stageContext(compute), ...(shards ? { shards } : {}), ...(checkpoints ? { checkpoints } : {}) };
  const found = await logisticRegression({ tol: 1e-3, maxIter: 12 }).train(data, JOBS, { folds }, context);
  return JSON.stringify(found.map(({ model }) => [model.coef.map((own) => Array.from(own)), model.intercept]));
}

async function opened(...options: Parameters<typeof fleet> extends [Compute, ...infer R] ? R : never): Promise<Fleet> {
  const made = await fleet(compute, ...options);
  onTestFinished(made.close);
  return made;
}

const alone = await trained();

test.each([9, 22])('a worker that is lost after %d answers', async (answers) => {
  const { driver, add } = await opened({ count: 3, least: 2 }, 1);
  let left = answers;
  const dying: Line = (frame, pass, line) => (frame.kind === 'answer' && left-- === 0 ? void line.destroy() : pass(frame));
  add(dying);
  const saved: unknown[] = [];
  expect(await trained(driver, checkpointsOf(saved))).toBe(alone);
  expect(saved.length).toBeGreaterThan(1);
  expect(driver.workers).toBe(1);
});

test('one machine goes on where shards were, and other shards do', async () => {
  const saved: unknown[] = [];
  const { driver } = await opened({ count: 3 });
  expect(await trained(driver, checkpointsOf(saved))).toBe(alone);
  expect(await trained(undefined, checkpointsOf([], saved[1]))).toBe(alone);
  const other = await opened({ count: 2 });
  expect(await trained(other.driver, checkpointsOf([], saved[1]))).toBe(alone);
});
