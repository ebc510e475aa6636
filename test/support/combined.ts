// What must hold of any combination of estimators, and how tests ask for it.
import { expect } from 'vitest';
import { runPipeline } from '../../src/node.ts';
import { gridSearch, pipeline, stage, type Split } from '../../src/index.ts';
import type { Compute } from '../../src/core/compute.ts';
import type { Dataset, TargetKind } from '../../src/core/data/dataset.ts';
import type { Features } from '../../src/core/data/features.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { Estimator, Evaluation, Predictor } from '../../src/dsl/estimator.ts';
import type { FittedClassifier } from '../../src/estimators/define/models.ts';
import { fitted } from './figures.ts';
import { stageContext } from './smallSets.ts';

type Rows<T extends TargetKind = 'classes'> = Dataset<'train', Features, T>;

/** What a model says of rows. */
export async function saidOf(model: Predictor, data: Rows<TargetKind>, compute: Compute): Promise<Float64Array> {
  const evaluation = await model.evaluate(data, 'decisions', stageContext(compute));
  if (evaluation.of === 'values') return evaluation.predicted;
  if (evaluation.of === 'indicators') return Float64Array.from(evaluation.predicted);
  const { decisions, probabilities } = evaluation as { readonly decisions?: Float64Array; readonly probabilities?: Float64Array };
  return probabilities ?? decisions!;
}

/** Weights are repeats, and order does not matter; `allowed` is how far two answers may be apart. */
export async function expectRepeats<M extends Predictor, T extends TargetKind>(
  estimator: Estimator<M, never, T>,
  data: Rows<T>,
  compute: Compute,
  allowed: number,
): Promise<void> {
  const weights = Float32Array.from({ length: data.x.rows }, (_, id) => (id >> 2) % 3);
  const repeated = new RandomState(1).shuffle(Uint32Array.from([...data.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id))));
  const [model, other] = [await fitted(estimator, { ...data, weights }, compute), await fitted(estimator, { ...data, rows: repeated }, compute)];
  expectApart(await saidOf(model, data, compute), await saidOf(other, data, compute), allowed);
}

/** A fold's model is that of its rows alone, and is scored on the others. */
export async function expectFoldsAlone<M extends Predictor, T extends TargetKind>(
  estimator: Estimator<M, never, T>,
  data: Rows<T>,
  compute: Compute,
  allowed: number,
): Promise<void> {
  const fold = Uint8Array.from(data.rows, (_, row) => row % 3);
  const jobs = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }))];
  const together = await estimator.train(data, jobs, { folds: { fold, count: 3 }, need: 'decisions' }, stageContext(compute));
  expectApart(await saidOf(together[0]!.model, data, compute), await saidOf(await fitted(estimator, data, compute), data, compute), allowed);
  for (const { model, heldOut } of together.slice(1)) {
    const own = together.findIndex((one) => one.model === model) - 1;
    const alone = await fitted(estimator, { ...data, rows: data.rows.filter((_, row) => fold[row] !== own) }, compute);
    const held = { ...data, rows: data.rows.filter((_, row) => fold[row] === own) };
    expectApart(await saidOf(model, data, compute), await saidOf(alone, data, compute), allowed);
    expect(heldOut).toEqual(await model.evaluate(held, 'decisions', stageContext(compute)));
  }
}

/** Classes and columns keep their names, in any order of classes. */
export async function expectNames<M extends Predictor>(estimator: Estimator<M, never>, iris: Dataset<'train', Matrix>, compute: Compute): Promise<void> {
  const columns = ['sepal length', 'sepal width', 'petal length', 'petal width'];
  const [names, others] = [
    ['setosa', 'versicolor', 'virginica'],
    ['virginica', 'setosa', 'versicolor'],
  ] as const;
  const named = { ...iris, columns, classNames: names };
  const renamed = { ...named, classNames: others, labels: iris.labels.map((label) => others.indexOf(names[label]!)) };
  const model = await fitted(estimator, named, compute);
  const other = await fitted(estimator, renamed, compute);
  const context = stageContext(compute);
  expect([model.columns, (model as { readonly classNames?: unknown }).classNames]).toEqual([columns, [...names]]);
  for (const id of [0, 77, 149]) {
    const row = iris.x.data.subarray(id * 4, id * 4 + 4);
    const { prediction } = await model.predictRow(row, context);
    expect(prediction).toBe(names[(await (model as never as FittedClassifier).predict({ ...iris, rows: Uint32Array.of(id) }, context))[0]!]);
    expect((await other.predictRow(row, context)).prediction).toBe(prediction);
  }
  const [own, of] = [(await model.evaluate(named, 'counts', context)) as Evaluation, (await model.evaluate(renamed, 'counts', context)) as Evaluation];
  expect(of.counts.right).toEqual(own.counts.right);
  await expect(model.evaluate({ ...named, columns: [...columns.slice(1), columns[0]!] }, 'counts', context)).rejects.toMatchObject({ code: 'E_SHAPE' });
}

/** A search over the estimator's parameters, as a pipeline runs it. */
export async function searched<M extends Predictor, P, T extends TargetKind>(
  estimator: Estimator<M, P, T>,
  grid: Parameters<typeof gridSearch<M, P, T>>[1],
  train: Rows<T>,
): Promise<{ readonly points: readonly { readonly params: object; readonly meanScore: number }[]; readonly model: M }> {
  const rows = stage({ id: 'rows', needs: [], provides: ['train'], run: () => ({ train }) as never as Pick<Split<T>, 'train'> });
  const made = pipeline('search', rows as never, gridSearch(estimator, grid, { folds: 3 }) as never);
  const { error, values } = await runPipeline(made, { values: ['search', 'model'], cache: false } as never);
  expect(error).toBeUndefined();
  const { search, model } = values as never as { search: { points: never }; model: M };
  return { points: search.points, model };
}

export function expectApart(found: Float64Array, expected: Float64Array, allowed: number): void {
  expect(found.length).toBe(expected.length);
  const apart = found.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
  expect(apart).toBeLessThanOrEqual(allowed);
}
