// Clusters, components, forests, boosted trees and gradient methods of the digits, through the estimators as the stages call them.
import type { Compute } from '../../src/core/compute.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { histGradientBoostingClassifier } from '../../src/estimators/boosting/histGradientBoostingClassifier.ts';
import { kMeans } from '../../src/estimators/kMeans/kMeans.ts';
import { mlpClassifier } from '../../src/estimators/multilayerPerceptron/mlpClassifier.ts';
import { pca } from '../../src/estimators/pca/pca.ts';
import { sgdClassifier } from '../../src/estimators/sgd/sgdClassifier.ts';
import { randomForestClassifier } from '../../src/estimators/trees/randomForestClassifier.ts';
import type { Sample, Task } from '../harness.ts';
import { COLS, passes, ROWS, type Digits } from '../mnist.ts';
import { contextAround } from './train.ts';

export const CLUSTERS = 10;
export const CLUSTER_ITERATIONS = 20;
export const COMPONENTS = 50;
export const TREES = 100;
export const ROUNDS = 20;
export const DESCENT_PASSES = 5;
export const PERCEPTRON_PASSES = 1;

/** Every repetition is a training from nothing but rows in memory: each has rows of its own, as far as the device knows. */
export function algorithmTasks(compute: Compute, { digits }: Digits): readonly Task[] {
  const context = contextAround(compute);
  const FIT = [{ name: 'fit' }];
  const fresh = (count = ROWS) => ({ ...digits, rows: digits.rows.slice(0, count) });
  const starts = Array.from({ length: CLUSTERS }, (_, i) => {
    const id = digits.rows[i]!;
    return [...(digits.x as ReturnType<typeof matrix>).data.subarray(id * COLS, (id + 1) * COLS)];
  });
  const timed = async (work: () => Promise<Pick<Sample, 'work' | 'facts'>>): Promise<Sample> => {
    const started = performance.now();
    const { work: done, facts } = await work();
    return { ms: performance.now() - started, work: done, facts };
  };
  const clusters = (count?: number) =>
    timed(async () => {
      const [found] = await kMeans({ nClusters: CLUSTERS, init: starts, maxIter: CLUSTER_ITERATIONS, tol: 0 }).train(fresh(count), FIT, {}, context);
      const { nIter, inertia } = found!.model.fields;
      // A distance to each center, and the sums of each cluster.
      return { work: passes(2 * nIter, nIter * (CLUSTERS + 1)), facts: { nIter, inertia } };
    });
  const components = (count?: number) =>
    timed(async () => {
      const [found] = await pca({ nComponents: COMPONENTS }).train(fresh(count), FIT, {}, context);
      const explained = found!.model.fields.explainedVarianceRatio.reduce((sum, share) => sum + share, 0);
      return { work: passes(1, COLS / 2), facts: { explained } };
    });
  const forest = (nEstimators: number) =>
    timed(async () => {
      const [found] = await randomForestClassifier({ nEstimators, seed: 42 }).train(fresh(), FIT, {}, context);
      return { facts: { nodes: found!.model.fields.feature.length } };
    });
  const boosting = (maxIter: number) =>
    timed(async () => {
      const [found] = await histGradientBoostingClassifier({ maxIter, earlyStopping: false }).train(fresh(), FIT, {}, context);
      return { facts: { nodes: found!.model.fields.feature.length } };
    });
  const descent = (maxIter: number) =>
    timed(async () => {
      const [found] = await sgdClassifier({ maxIter, tol: null, seed: 42 }).train(fresh(), FIT, {}, context);
      return { facts: { nIter: found!.model.fields.nIter } };
    });
  const scaling = { shift: new Float64Array(COLS), factor: new Float64Array(COLS).fill(1 / 255) };
  const perceptron = (count = ROWS) =>
    timed(async () => {
      const [found] = await mlpClassifier({ maxIter: PERCEPTRON_PASSES, seed: 42 }).train({ ...fresh(count), scaling }, FIT, {}, context);
      return { facts: { loss: found!.model.fields.lossCurve.at(-1)! } };
    });
  const task = (name: string, title: string, full: number, warm: () => Promise<Sample>, sample: () => Promise<Sample>): Task => ({
    name,
    group: name,
    title,
    engine: 'pipeline-gpu',
    repeats: { full, quick: 1 },
    warm,
    sample,
  });
  return [
    task('clusters', `k-means of ${CLUSTERS} clusters, ${CLUSTER_ITERATIONS} iterations`, 3, () => clusters(1024), clusters),
    task('components', `${COMPONENTS} components`, 3, () => components(1024), components),
    task(
      'forest',
      `forest of ${TREES} trees, ten digits`,
      2,
      () => forest(1),
      () => forest(TREES),
    ),
    task(
      'boosting',
      `${ROUNDS} rounds of boosting, ten digits`,
      2,
      () => boosting(1),
      () => boosting(ROUNDS),
    ),
    task(
      'descent',
      `${DESCENT_PASSES} passes of stochastic gradient descent, ten digits`,
      2,
      () => descent(1),
      () => descent(DESCENT_PASSES),
    ),
    task('perceptron', `${PERCEPTRON_PASSES} pass of a perceptron of 100 hidden units, ten digits`, 2, () => perceptron(1000), perceptron),
  ];
}
