// Linear models over shards: the same to the bit as on one machine, whatever becomes of workers and of what they send.
import { afterEach, describe, expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import { fleet, unbalanced, type Fleet, type Line } from '../support/shardedFits.ts';
import { startWorker } from '../support/shardWorker.ts';
import { stageContext } from '../support/smallSets.ts';
import type { Compute } from '../../src/core/compute.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { Shards } from '../../src/core/shards/shards.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { decisionTreeClassifier } from '../../src/estimators/trees/decisionTreeClassifier.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { linearSVC } from '../../src/estimators/linearSVC/linearSVC.ts';
import type { Frame } from '../../src/runtime/node/shards/frames.ts';
import { fit } from '../../src/stages/fit.ts';
import { runStage } from '../../src/dsl/stage/runStage.ts';

// The solver of shards is on the host, so that of one machine is, too.
const compute: Compute = { ...(await testCompute()), solver: 'host' };
/** Three whole spans and a part of one. */
const ROWS = 3 * 4096 + 1301;
const open: Fleet[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
const fleetOf = async (...options: Parameters<typeof fleet> extends [Compute, ...infer R] ? R : never): Promise<Fleet> => {
  const made = await fleet(compute, ...options);
  open.push(made);
  return made;
};

const contextWith = (shards?: Shards): StageContext => ({ ...stageContext(compute), ...(shards ? { shards } : {}) });
const FOLDS = { count: 3, fold: Uint8Array.from({ length: ROWS }, (_, i) => i % 3) };
const JOBS = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }))];
const binary = unbalanced(ROWS, 30);

interface Said {
  readonly model: { readonly coef: readonly Float64Array[]; readonly intercept: readonly number[]; readonly summary: unknown };
  readonly heldOut?: unknown;
}

/** All that a training says, to the bit. */
async function trained(shards?: Shards, data: Dataset<'train'> = binary, estimator = logisticRegression({ tol: 1e-3, maxIter: 12 })): Promise<string> {
  const found = (await estimator.train(data, JOBS, { folds: FOLDS }, contextWith(shards))) as readonly Said[];
  const bytes = found.map(({ model, heldOut }) => [
    ...model.coef.map((own) => Buffer.from(own.buffer).toString('hex')),
    model.intercept,
    model.summary,
    heldOut,
  ]);
  return JSON.stringify(bytes);
}

const alone = await trained();

test('one machine trains models that tell something', async () => {
  const [one] = await logisticRegression({ tol: 1e-3, maxIter: 12 }).train(binary, JOBS.slice(0, 1), {}, contextWith());
  expect(one!.model.nIter).toBeGreaterThan(4);
  expect(Number(one!.model.summary['trainAccuracy'])).toBeGreaterThan(Number(one!.model.summary['trainMajorityBaseline']));
});

test.each([1, 2, 3, 4])('%d shards, a worker each', async (count) => {
  const { driver } = await fleetOf({ count });
  expect(await trained(driver)).toBe(alone);
});

test('four shards on two workers, and two fits one after the other', async () => {
  const { driver } = await fleetOf({ count: 4 }, 2);
  expect(await trained(driver)).toBe(alone);
  expect(await trained(driver)).toBe(alone);
});

test.each([
  ['three classes', unbalanced(ROWS, 24, { classes: 3 })],
  ['f32', unbalanced(ROWS, 30, { dtype: 'f32' })],
  ['scaled f32', { ...unbalanced(ROWS, 30, { dtype: 'f32' }), scaling: { shift: new Float64Array(30).fill(1.5), factor: new Float64Array(30).fill(0.7) } }],
])('%s', async (_, data) => {
  const { driver } = await fleetOf({ count: 2 });
  expect(await trained(driver, data)).toBe(await trained(undefined, data));
});

test('rows that a processor trains on in one pass, and others by one kernel after the other', async () => {
  const [rows, cols] = compute.subgroupLanes === 8 ? [21_000, 780] : [ROWS, 30];
  const data = unbalanced(rows, cols);
  const folds = { count: 3, fold: Uint8Array.from({ length: rows }, (_, i) => i % 3) };
  const weights = async (shards?: Shards): Promise<string> => {
    const found = await logisticRegression({ maxIter: 4 }).train(data, JOBS.slice(0, 2), { folds }, contextWith(shards));
    return JSON.stringify(found.map(({ model: { coef, intercept } }) => [Array.from(coef[0]!), intercept]));
  };
  const { driver } = await fleetOf({ count: 3 });
  expect(await weights(driver)).toBe(await weights());
});

test('a chain and linearSVC shard; what does not says so', async () => {
  const { driver } = await fleetOf({ count: 2 });
  const plain = { C: 0.01, maxIter: 5 };
  const coefs = async (shards?: Shards): Promise<string> =>
    JSON.stringify((await linearSVC(plain).train(binary, JOBS.slice(0, 1), {}, contextWith(shards))).map(({ model }) => Array.from(model.fields.coef[0]!)));
  expect(await coefs(driver)).toBe(await coefs());
  await expect(linearSVC({ ...plain, loss: 'hinge' }).train(binary, JOBS.slice(0, 1), {}, contextWith(driver))).rejects.toThrow(/loss 'hinge' does not shard/);
  const stage = fit(decisionTreeClassifier());
  await expect(runStage(stage as never, { train: binary }, contextWith(driver))).rejects.toThrow(/decisionTreeClassifier does not shard/);
});

describe('faults', () => {
  test('answers twice, old ones again, and late', async () => {
    const { driver, add } = await fleetOf({ count: 3, least: 2 }, 1);
    let passed = 0;
    const noisy = (): Line => {
      const before: Frame[] = [];
      return (frame, pass) => {
        if (frame.kind !== 'answer') return pass(frame);
        for (const old of before.slice(-3).toReversed())
          pass({ ...old, message: { ...old.message, arrays: old.message.arrays.map((own) => own.map(() => 7)) } });
        pass(frame);
        pass({ ...frame, message: { json: frame.message.json, arrays: frame.message.arrays.map((own) => own.map(() => 7)) } });
        before.push(frame);
        passed++;
      };
    };
    add(noisy());
    expect(await trained(driver)).toBe(alone);
    expect(passed).toBeGreaterThan(10);
  });

  test.each([1, 6, 17])('a worker that is lost after %d answers', async (answers) => {
    const { driver, add } = await fleetOf({ count: 3, least: 2 }, 1);
    let left = answers;
    add((frame, pass, line) => (frame.kind === 'answer' && left-- === 0 ? void line.destroy() : pass(frame)));
    expect(await trained(driver)).toBe(alone);
    expect(driver.workers).toBe(1);
  });

  test.each([1, 6, 17])('a worker that comes after %d answers takes half of the shards over', async (answers) => {
    const { driver, add } = await fleetOf({ count: 4 }, 0);
    const had = new Set<number>();
    let left = answers;
    add((frame, pass) => {
      if (frame.kind === 'answer' && left-- === 0) add((own, on) => (own.kind === 'answer' && had.add(own.shard), on(own)));
      pass(frame);
    });
    expect(await trained(driver)).toBe(alone);
    expect(had.size).toBe(2);
  });

  test('a worker process that is killed', async () => {
    const { driver, add, folder } = await fleetOf({ count: 2, least: 2, numerics: 'here' }, 0);
    let asked = 0;
    add((frame, pass) => {
      if (frame.kind === 'answer' && ++asked === 8) child.kill('SIGKILL');
      pass(frame);
    });
    const child = startWorker(driver.address, folder, { env: { SHARD_NUMERICS: 'here' } });
    expect(await trained(driver)).toBe(alone);
    expect(child.signalCode ?? child.killed).toBeTruthy();
  });

  test('a worker that says nothing more', async () => {
    const { driver, add } = await fleetOf({ count: 2, least: 2, patienceMs: 2500 }, 1);
    let left = 5;
    add((frame, pass) => {
      if (frame.kind !== 'answer' || left-- > 0) pass(frame);
    });
    expect(await trained(driver)).toBe(alone);
    expect(driver.workers).toBe(1);
  });

  test('bytes that change on the way', async () => {
    const { driver, add } = await fleetOf({ count: 2, least: 2 }, 1);
    let left = 4;
    add((frame, pass, line) => {
      if (frame.kind === 'answer' && left-- === 0) line.write(Buffer.alloc(64, 1));
      pass(frame);
    });
    expect(await trained(driver)).toBe(alone);
    expect(driver.workers).toBe(1);
  });

  test('a shard that no worker survives ends the fit, and so do workers of another kind and none at all', async () => {
    const fatal = await fleetOf({ count: 1, least: 1 }, 0);
    const dying: Line = (frame, pass, line) => (frame.kind === 'answer' ? void line.destroy() : pass(frame));
    for (let i = 0; i < 6; i++) fatal.add(dying);
    await expect(trained(fatal.driver)).rejects.toThrow(/was lost with 5 workers/);

    const other = await fleetOf({ count: 1, least: 1, numerics: 'there', patienceMs: 1000 }, 0);
    other.add();
    await expect(trained(other.driver)).rejects.toThrow(/One that computes on here was sent away: the others do on there/);
  });

  test('rows that cannot be are named as on one machine', async () => {
    const x = matrix(ROWS, 30, Float32Array.from((unbalanced(ROWS, 30, { dtype: 'f32' }).x as { data: Float32Array }).data));
    x.data[9000 * 30 + 4] = NaN;
    const data = { ...unbalanced(ROWS, 30, { dtype: 'f32' }), x };
    const { driver } = await fleetOf({ count: 2 });
    const reason = async (shards?: Shards): Promise<string> =>
      trained(shards, data).then(
        () => '',
        (error: Error) => error.message,
      );
    expect(await reason()).toMatch(/9000/);
    expect(await reason(driver)).toBe(await reason());
  });
});
