// Clusters, components, forests and boosted trees of the digits, through the estimators as the stages call them.
import type { Compute } from '../../src/core/compute.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { histGradientBoostingClassifier } from '../../src/estimators/boosting/histGradientBoostingClassifier.ts';
import { kMeans } from '../../src/estimators/kMeans/kMeans.ts';
import { pca } from '../../src/estimators/pca/pca.ts';
import { randomForestClassifier } from '../../src/estimators/trees/randomForestClassifier.ts';
import type { Sample, Task } from '../harness.ts';
import { COLS, passes, ROWS, type Digits } from '../mnist.ts';
import { contextAround } from './train.ts';

export const CLUSTERS = 10;
export const CLUSTER_ITERATIONS = 20;
export const COMPONENTS = 50;
export const TREES = 100;
export const ROUNDS = 20;

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
  ];
}
