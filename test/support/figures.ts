// What tests against scikit-learn's figures share: its sets (fixtures/figures_of_classifiers.py), halves, folds, closeness.
import { expect } from 'vitest';
import type { Compute } from '../../src/core/compute.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import type { Estimator, Model } from '../../src/dsl/estimator.ts';
import type { FittedClassifier } from '../../src/estimators/define/models.ts';
import { logLoss } from '../../src/metrics/probability.ts';
import { rawSet, stageContext } from './smallSets.ts';

type Set = Dataset<'train', Matrix>;

/** One of the sets that figures are of. */
export function figureSet(name: string): Set {
  if (name === 'digits') return rawSet('digits');
  const iris = rawSet('iris');
  if (name === 'iris of two classes') return { ...iris, name, rows: iris.rows.subarray(0, 100) };
  return name === 'iris' ? iris : { ...iris, name, x: withOddColumns(iris.x) };
}

/** A column of sevens, and the first column again. */
export function withOddColumns({ rows, cols, data }: Matrix): Matrix<'f64'> {
  const wide = Float64Array.from({ length: rows * (cols + 2) }, (_, at) => {
    const [row, j] = [Math.floor(at / (cols + 2)), at % (cols + 2)];
    return j === cols ? 7 : data[row * cols + (j > cols ? 0 : j)]!;
  });
  return matrix(rows, cols + 2, wide);
}

/** The even rows, or the odd ones. */
export function half<D extends { readonly rows: Uint32Array }>(data: D, odd: 0 | 1): D {
  return { ...data, rows: data.rows.filter((_, i) => i % 2 === odd) };
}

export function thirds(rows: number): Float32Array {
  return Float32Array.from({ length: rows }, (_, i) => 1 + (i % 3));
}

export async function fitted<M extends Model>(estimator: Estimator<M, never, never>, data: object, on: Compute): Promise<M> {
  const [one] = await estimator.train(data as never, [{ name: 'fit' }], {}, stageContext(on));
  return one!.model;
}

/** Each within `allowed`. */
export function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>, allowed: number): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(Math.abs(found[i]! - expected[i]!), `[${i}] ${found[i]} and ${expected[i]}`).toBeLessThanOrEqual(allowed);
}

/** Within `allowed` of the largest of them. */
export function expectClose(found: Iterable<number>, expected: Iterable<number>, allowed: number): void {
  const [values, wanted] = [[...found], [...expected]];
  expect(values).toHaveLength(wanted.length);
  const largest = Math.max(...wanted.map(Math.abs), Number.MIN_VALUE);
  expect(Math.max(...values.map((value, i) => Math.abs(value - wanted[i]!))) / largest).toBeLessThanOrEqual(allowed);
}

interface Figures {
  readonly data: string;
  readonly weighted: boolean;
  readonly predict: readonly number[];
  readonly accuracy: number;
  readonly proba_first5: readonly (readonly number[])[];
  readonly log_loss: number;
  readonly said_first5?: readonly unknown[];
}

/**
 * A model of the even rows, held against the figures of the odd ones.
 *
 * @param allowed share of the largest, for decisions; probabilities by themselves
 */
export async function expectFigures<M extends FittedClassifier>(
  estimator: Estimator<M, never, never>,
  figures: Figures,
  compute: Compute,
  allowed: number,
): Promise<M> {
  const data = figureSet(figures.data);
  const weights = figures.weighted ? { weights: thirds(data.x.rows) } : {};
  const model = await fitted(estimator, half({ ...data, ...weights }, 0), compute);
  const [test, context] = [half(data, 1), stageContext(compute)];
  const k = model.classes.length;
  expect([...(await model.predict(test, context))]).toEqual(figures.predict);
  expect(await model.score(test, context)).toBe(figures.accuracy);
  const shares = await model.predictProba!(test, context);
  figures.proba_first5.flat().forEach((share, i) => expect(Math.abs(shares[i]! - share)).toBeLessThan(allowed));
  const truth = test.rows.map((id) => model.classes.indexOf(data.labels[id]!));
  expect(Math.abs(logLoss(truth, shares, k) - figures.log_loss)).toBeLessThan(100 * allowed * figures.log_loss + 1e-9);
  if (figures.said_first5) {
    const said = figures.said_first5.flat() as number[];
    const one = k === 2 && said.length === 10 ? Array.from({ length: 5 }, (_, row) => said[2 * row + 1]! - said[2 * row]!) : said;
    expectClose((await model.decisionFunction(test, context)).subarray(0, one.length), one, allowed);
  }
  return model;
}

/** Models of folds that share passes are those of the folds alone; `say` is what is compared. */
export async function expectFolds<M extends Model>(
  estimator: Estimator<M, never, never>,
  data: Pick<Dataset<'train'>, 'rows'>,
  compute: Compute,
  say: (model: M) => Iterable<number>,
  allowed: number,
): Promise<void> {
  const fold = Uint8Array.from(data.rows, (_, row) => row % 4);
  const jobs = [0, 1, 2, 3].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }));
  const together = await estimator.train(data as never, jobs, { folds: { fold, count: 4 } }, stageContext(compute));
  for (const [heldOut, { model }] of together.entries()) {
    const alone = await fitted(estimator, { ...data, rows: data.rows.filter((_, row) => fold[row] !== heldOut) }, compute);
    expectClose(say(model), say(alone), allowed);
  }
}
