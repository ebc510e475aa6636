// Models trained together, and the same models alone.
import { expect } from 'vitest';
import type { Compute } from '../../src/core/compute.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { encode } from '../../src/core/encoding/encoding.ts';
import type { Job, Trained } from '../../src/dsl/estimator.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { targetByKind } from '../../src/dsl/kind.ts';
import { tablesOf } from '../../src/testing/tables.ts';
import type { ExportedEstimator } from './exportedEstimators.ts';
import { stageContext } from './smallSets.ts';

export type Jobs = readonly Job<never, never>[];

/** @returns digests of what jobs became: of models, and of what those say of rows held out */
export async function trained(
  estimator: ExportedEstimator,
  data: object,
  jobs: Jobs,
  folds: unknown,
  on: Compute,
  context: StageContext = stageContext(on),
): Promise<readonly string[]> {
  const all = (await estimator.train(data as never, jobs as never, { folds, need: 'decisions' } as never, context)) as readonly Trained<never>[];
  return Promise.all(all.map(async ({ model, heldOut }) => (await encode({ model, heldOut: heldOut ?? null })).digest));
}

/** What is not that of every estimator of its kind. */
const TABLES: Readonly<Record<string, object>> = {
  fixedThresholdClassifier: tablesOf('classes')[1]!, // they are of two classes
  tunedThresholdClassifier: tablesOf('classes')[1]!,
  selectKBest: tablesOf('classes')[0]!, // it learns from classes
};
/** Settings of other jobs, where an estimator has one of them. */
const SETTINGS = [
  { C: 0.1 },
  { alpha: 0.3 },
  { maxDepth: 2 },
  { nNeighbors: 3 },
  { maxIter: 3 },
  { nEstimators: 3 },
  { varSmoothing: 1e-3 },
  { regParam: 0.5 },
  {},
];

/** Asserts that jobs of an estimator become the same to the bit together, each alone, and without the folds that others hold out. */
export async function equalsAlone(name: string, estimator: ExportedEstimator, on: Compute): Promise<void> {
  const own = (TABLES[name] ?? tablesOf(targetByKind[estimator.kind ?? 'classifier'])[0]!) as ReturnType<typeof tablesOf>[number];
  const random = new RandomState(5);
  const x = own.x.data.map((value) => value + random.double() / 3);
  const weights = Float32Array.from({ length: own.x.rows }, () => 0.5 + random.interval(1000) / 777);
  const data = { ...own, x: matrix(own.x.rows, own.x.cols, x), ...(name.startsWith('kNeighbors') ? {} : { weights }) };
  const folds = { count: 3, fold: Uint8Array.from(data.rows, () => random.interval(2)) };
  const known = { ...estimator.params, ...(estimator.jobParams as { readonly shape?: object } | undefined)?.shape };
  const params = SETTINGS.find((one) => Object.keys(one).every((key) => key in known))!;
  const jobs = [{}, { heldOut: 0 }, { heldOut: 1, params }, { heldOut: 0, params }, { params }].map((job, i) => ({
    ...job,
    name: `job ${i}`,
  })) as never as Jobs;
  const together = await trained(estimator, data, jobs, folds, on);
  for (const [i, job] of jobs.entries()) expect(await trained(estimator, data, [job], folds, on), `job ${i}`).toEqual([together[i]]);
  expect(await trained(estimator, data, jobs.toReversed(), folds, on)).toEqual(together.toReversed());
  expect(await trained(estimator, data, [jobs[0]!], undefined, on)).toEqual([together[0]]);
}
