// The main job with the solver on the device: the iterations of scikit-learn and of the host, and their coefficients.
import { expect, test } from 'vitest';
import figures from '../fixtures/mnist-2detector.json' with { type: 'json' };
import { logisticRegression } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { testCompute } from '../support/compute.ts';
import { mnistRows } from '../support/mnistFiles.ts';
import { stageContext } from '../support/smallSets.ts';
import { foldsOf } from '../../src/validation/folding.ts';

const compute = await testCompute();

test('a 2 or not, with three folds', async () => {
  const { train } = mnistRows();
  const twos = { ...train, rows: new RandomState(42).permutation(60_000), labels: train.labels.map((label) => Number(label === 2)), positive: 2 };
  const folds = foldsOf(twos, { folds: 3, stratified: true });
  const jobs = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }))];
  const models = async (solver: 'device' | 'host') => {
    const trained = await logisticRegression({ tol: 0.1 }).train(twos, jobs, { folds }, stageContext({ ...compute, solver }));
    return trained.map(({ model }) => model);
  };
  const [device, host] = [await models('device'), await models('host')];
  expect(device.map(({ nIter }) => nIter)).toEqual([22, 22, 22, 32]);
  expect(host.map(({ nIter }) => nIter)).toEqual([22, 22, 22, 32]);
  const [sklearn] = figures.rows;
  const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Math.hypot(...Array.from(a, (value, j) => value - b[j]!)) / Math.hypot(...Array.from(b));
  expect(distance(device[0]!.coef[0]!, sklearn!.coef)).toBeLessThan(1e-4);
  device.forEach(({ coef, summary }, i) => {
    expect(distance(coef[0]!, host[i]!.coef[0]!)).toBeLessThan(1e-4);
    expect(summary['status']).toBe('converged');
  });
});
