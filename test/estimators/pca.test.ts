// Principal components against scikit-learn 1.9 (fixtures/pca.json), and by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/pca.json' with { type: 'json' };
import { rawSet, stageContext, type SetName } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import { testCompute } from '../support/compute.ts';
import {
  chain,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  pca,
  type PcaOptions,
  pipeline,
  predict,
  score,
  shuffle,
  split,
  standardize,
  type Dataset,
  type Features,
} from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { Compute } from '../../src/core/compute.ts';
import type { Evaluation } from '../../src/dsl/estimator.ts';
import { eigenOf, type Eigen } from '../../src/estimators/pca/eigen.ts';
import { largestFew } from '../../src/estimators/pca/lanczos.ts';
import { logLoss } from '../../src/metrics/probability.ts';
import { runPipeline } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { expectClose } from '../support/figures.ts';

const compute = await testCompute();
const context = stageContext(compute);
type Plain = Dataset<'train', Features, 'none'>;

const all = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);
const half = (rows: number, odd: number): Uint32Array => all((rows + 1 - odd) >> 1).map((i) => 2 * i + odd);
const random = new RandomState(3);
const noise = (): number => random.uint32() / 2 ** 31 - 1;
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

async function fitted(data: Plain, options: PcaOptions = {}, on: Compute = compute) {
  const [one] = await pca(options).train(data, [{ name: 'fit' }], {}, stageContext(on));
  return one!.model;
}

describe("scikit-learn's figures", () => {
  test.each(figures.pca)('$data', async ({ data: name, components, explained_variance, ratio, mean, transform_first5 }) => {
    const data = rawSet(name as SetName);
    const model = await fitted(data, { nComponents: components.length });
    const { fields } = model;
    components.forEach((own, i) => expectClose(fields.components[i]!, own, 1e-10));
    expectClose(fields.explainedVariance, explained_variance, 1e-12);
    expectClose(fields.explainedVarianceRatio, ratio, 1e-12);
    expectClose(fields.mean, mean, 1e-13);
    const { data: made } = await model.transform({ ...data, rows: all(5) }, context);
    // Of many rows, in f32 around the frame of the rows.
    expectClose(made, transform_first5.flat(), name === 'iris' ? 1e-10 : 1e-6);
    // The share of three components, and a bit less: the third is what it takes.
    const share = ratio[0]! + ratio[1]! + ratio[2]!;
    expect((await fitted(data, { nComponents: share - 1e-9 })).outputs).toBe(3);
    expect((await fitted(data, { nComponents: share + 1e-9 })).outputs).toBe(4);
  });

  test.each(figures.chains)('$data, $label', async (row) => {
    const set = rawSet(row.data as SetName);
    const data = { ...set, rows: half(set.x.rows, 0) };
    const estimator = chain(standardize(), pca({ nComponents: 3 }), logisticRegression({ tol: 1e-8, maxIter: 1000 }));
    const [one] = await estimator.train(data, [{ name: 'fit' }], {}, context);
    const test = { ...set, rows: half(set.x.rows, 1) };
    const evaluation: Evaluation = await one!.model.evaluate(test, 'decisions', context);
    const k = row.decision_first5[0]!.length;
    expect([...(await one!.model.predict(test, context))]).toEqual(row.predict);
    expect(await one!.model.score(test, context)).toBe(row.accuracy);
    expectClose(evaluation.decisions!.subarray(0, 5 * k), row.decision_first5.flat(), 1e-5);
    expectClose(evaluation.probabilities!.subarray(0, 5 * k), row.proba_first5.flat(), 1e-5);
    expect(logLoss(evaluation.truth!, evaluation.probabilities!, k)).toBeCloseTo(row.log_loss, 6);
  });
});

/** Times of seconds apart in years from zero, prices beside grams, a constant. */
function table(rows: number): Plain & { readonly x: { readonly data: Float64Array } } {
  const features = Array.from({ length: rows }, () => {
    const [a, b] = [noise(), noise()];
    return [1.7e9 + 30 * a, 4e5 + 9 * b + 2 * a, 2e-3 * noise(), 12, 3 * b * a];
  });
  return { name: 'table', role: 'train', x: matrix(rows, 5, Float64Array.from(features.flat())), rows: all(rows) };
}

describe('of any rows', () => {
  test('what is made has no correlation, and the variances told; components are perpendicular, of length 1', async () => {
    const data = table(400);
    const model = await fitted(data);
    const { components, explainedVariance } = model.fields;
    components.forEach((a, i) => components.forEach((b, j) => expect(Math.abs(dot(a, b) - Number(i === j))).toBeLessThan(1e-12)));
    for (const own of components) expect(Math.max(...own)).toBe(Math.max(...own.map(Math.abs)));
    const { data: made, cols } = await model.transform(data, context);
    const columns = components.map((_, j) => Float64Array.from(all(400), (i) => made[i * cols + j]!));
    columns.forEach((a, i) =>
      columns.forEach((b, j) => {
        const size = Math.sqrt(explainedVariance[i]! * explainedVariance[j]!);
        expect(Math.abs(dot(a, b) / 399 - (i === j ? explainedVariance[i]! : 0))).toBeLessThanOrEqual(1e-6 * size + 1e-16);
      }),
    );
    const mean = all(400).reduce((sum, row) => sum + (data.x.data[row * 5]! - 1.7e9) / 400, 0);
    expect(Math.abs(model.fields.mean[0]! - 1.7e9 - mean)).toBeLessThan(1e-6);
    const white = await (await fitted(data, { whiten: true, nComponents: 4 })).transform(data, context);
    for (let j = 0; j < 4; j++) {
      const own = Float64Array.from(all(400), (i) => white.data[i * 4 + j]!);
      expect(dot(own, own) / 399).toBeCloseTo(1, 5);
    }
  });

  test('the order of rows says nothing, nor do bytes against float64, dense against sparse, a device against references; two runs are one', async () => {
    const bytes = Uint8Array.from({ length: 300 * 12 }, () => (random.interval(3) === 0 ? random.interval(255) : 0));
    const dense = matrix(300, 12, bytes);
    const twin = (x: Features): Plain => ({ name: 'twin', role: 'train', x, rows: all(300) });
    const first = await fitted(twin(dense), { nComponents: 5 });
    expect((await fitted(twin(dense), { nComponents: 5 })).fields).toEqual(first.fields);
    const others = [
      await fitted({ ...twin(dense), rows: all(300).toReversed() }, { nComponents: 5 }),
      await fitted(twin(matrix(300, 12, Float64Array.from(bytes))), { nComponents: 5 }),
      await fitted(twin(matrix(300, 12, Float32Array.from(bytes))), { nComponents: 5 }),
      await fitted(twin(sparseOf(dense)), { nComponents: 5 }),
      await fitted(twin(dense), { nComponents: 5 }, new ReferenceCompute()),
    ];
    for (const { fields } of others) {
      expectClose(fields.explainedVariance, [...first.fields.explainedVariance], 1e-12);
      fields.components.forEach((own, i) => expectClose(own, [...first.fields.components[i]!], 1e-9));
    }
  });

  test('eigenvectors of matrices with equal, no and many values', () => {
    const square = (n: number, of: (i: number, j: number) => number): Float64Array =>
      Float64Array.from({ length: n * n }, (_, at) => of(Math.floor(at / n), at % n));
    const factors = Array.from({ length: 60 }, () => Array.from({ length: 7 }, noise));
    const cases: [Float64Array, number?][] = [
      [square(1, () => 3)],
      [square(4, () => 0)],
      [square(5, (i, j) => Number(i === j))],
      [square(60, (i, j) => dot(factors[i]!, factors[j]!))],
      [square(8, () => 1e-200)],
      // Few of many vectors: of equal values, of values that are rounding, of blocks that know nothing of each other.
      [square(60, (i, j) => Number(i === j)), 15],
      [square(60, (i, j) => dot(factors[i]!, factors[j]!)), 12],
      [square(60, (i, j) => (i % 3 === j % 3 ? dot(factors[i % 20]!, factors[j % 20]!) : 0)), 15],
      [square(200, (i, j) => 1 / (1 + Math.abs(i - j))), 50],
      [square(40, (i, j) => (i === j ? [5, 5, 5, 1e-9][i % 4]! : 0)), 10],
      // Rows of zeros between others: few vectors, some of them of zeros, all.
      ...[5, 12, 60].map((count): [Float64Array, number] => [square(60, (i, j) => (i % 3 > 0 && j % 3 > 0 ? dot(factors[i]!, factors[j]!) : 0)), count]),
    ];
    for (const [matrix, count] of cases) {
      const n = Math.sqrt(matrix.length);
      const { values, vectors } = eigenOf(matrix, count ?? n);
      expect(vectors.length).toBe(count ?? n);
      const all = eigenOf(matrix, n);
      expect(values).toEqual(all.values);
      const largest = Math.max(...matrix.map(Math.abs)) || 1;
      expect([...values]).toEqual([...values].toSorted((a, b) => b - a));
      vectors.forEach((own, v) => {
        vectors.forEach((other, w) => expect(Math.abs(dot(own, other) - Number(v === w))).toBeLessThan(1e-13));
        own.forEach((value, i) => expect(Math.abs(dot(matrix.subarray(i * n, (i + 1) * n), own) - values[v]! * value)).toBeLessThan(1e-13 * n * largest));
      });
    }
  });

  test('values far smaller than the largest are right to their own digits: by reflections, by steps or not by steps, and of one column in other units', async () => {
    const n = 200;
    for (const large of [1, 1e3, 5e7, 5e13]) {
      const sizes = Float64Array.from({ length: n }, (_, i) => [5 * large, 1.5, 1.5, 1][i] ?? 1 / i ** 2);
      const diagonal = new Float64Array(n * n);
      // Not in order, nor the other way round.
      sizes.forEach((value, i) => (diagonal[((i * 77) % n) * (n + 1)] = value));
      for (const count of [1, 3, 20]) {
        const { values } = eigenOf(diagonal, count);
        values.subarray(0, 4).forEach((value, i) => expect(Math.abs(value / sizes[i]! - 1)).toBeLessThan(1e-13));
        const few = await largestFew(diagonal, count, new AbortController().signal);
        few?.values.forEach((value, i) => expect(Math.abs(value / sizes[i]! - 1)).toBeLessThan(1e-9));
      }
    }
    // Every row twice, to either side of a large column, which so tells nothing of the others.
    const [rows, cols] = [240, 60];
    const others = Float64Array.from({ length: (rows / 2) * cols }, () => noise());
    const wide = Float64Array.from({ length: rows * (cols + 1) }, (_, at) => {
      const [row, col] = [Math.floor(at / (cols + 1)), at % (cols + 1)];
      return col === 7 ? (row % 2 ? 1e7 : -1e7) : others[(row >> 1) * cols + col - Number(col > 7)]!;
    });
    const twice = Float64Array.from({ length: rows * cols }, (_, at) => others[(Math.floor(at / cols) >> 1) * cols + (at % cols)]!);
    const of = (x: Features): Plain => ({ name: 'units', role: 'train', x, rows: all(rows) });
    const alone = (await fitted(of(matrix(rows, cols, twice)), { nComponents: 4 })).fields;
    const { components, explainedVariance } = (await fitted(of(matrix(rows, cols + 1, wide)), { nComponents: 5 })).fields;
    expectClose(explainedVariance.subarray(1), [...alone.explainedVariance], 1e-9);
    alone.components.forEach((own, i) =>
      expect(
        Math.abs(
          dot(
            own,
            components[i + 1]!.filter((_, j) => j !== 7),
          ),
        ),
      ).toBeCloseTo(1, 9),
    );
  });

  test('few of many vectors by steps are those by reflections; where an equal value is missed, or many steps are left, it says nothing', async () => {
    const { signal } = new AbortController();
    const n = 200;
    const square = (of: (i: number, j: number) => number): Float64Array => Float64Array.from({ length: n * n }, (_, at) => of(Math.floor(at / n), at % n));
    const factors = Array.from({ length: n }, () => Array.from({ length: 30 }, (_, k) => noise() * 0.8 ** k));
    const low = square((i, j) => dot(factors[i]!, factors[j]!));
    /** Whether there are any; they are right where there are. */
    const holds = (found: Eigen | undefined, matrix: Float64Array, count: number): boolean => {
      if (!found) return false;
      const { values } = eigenOf(matrix, count);
      expect(found.vectors.length).toBe(count);
      found.vectors.forEach((own, v) => {
        expect(Math.abs(found.values[v]! - values[v]!)).toBeLessThan(1e-13 * values[0]!);
        found.vectors.forEach((other, w) => expect(Math.abs(dot(own, other) - Number(v === w))).toBeLessThan(1e-13));
        own.forEach((value, i) => expect(Math.abs(dot(matrix.subarray(i * n, (i + 1) * n), own) - found.values[v]! * value)).toBeLessThan(1e-13 * values[0]!));
      });
      return true;
    };
    for (const [matrix, count] of [
      [low, 1],
      [low, 12],
      [square((i, j) => Math.exp(-((i - j) ** 2) / 200)), 9],
      // Rows of zeros between others.
      [square((i, j) => (i % 3 > 0 && j % 3 > 0 ? low[i * n + j]! : 0)), 10],
    ] as const) {
      expect(holds(await largestFew(matrix, count, signal), matrix, count)).toBe(true);
    }
    const twice = square((i, j) => (i % 2 === j % 2 ? low[(i >> 1) * n + (j >> 1)]! : 0));
    // Of each value two: rounding leads to the second ones, or all is left to reflections.
    for (const count of [1, 2, 3, 8]) holds(await largestFew(twice, count, signal), twice, count);
    const sizes = Float64Array.from({ length: n }, (_, i) => (i < 3 ? 5 : 1 / i));
    const alone = square((i, j) => (i === j ? sizes[i]! : 0));
    for (const count of [1, 2, 8]) holds(await largestFew(alone, count, signal), alone, count);
    for (const matrix of [square((i, j) => Number(i === j)), square(() => 0)]) expect(await largestFew(matrix, 8, signal)).toBeUndefined();
    // One, and it is the larger of many equal ones; more than few.
    expect(
      (await largestFew(
        square((i, j) => Number(i === j) + 1),
        1,
        signal,
      ))!.values[0],
    ).toBeCloseTo(n + 1, 10);
    expect(await largestFew(low, 40, signal)).toBeUndefined();
    await expect(largestFew(low, 8, AbortSignal.abort())).rejects.toThrow();
  });

  test('components beside others of the same variance, each of many copies of a column', async () => {
    const columns = 90;
    const bytes = Uint8Array.from({ length: 64 * columns }, (_, at) => (((Math.floor(at / columns) >> (at % 3)) & 1) === 1 ? 200 : 10));
    const data: Plain = { name: 'copies', role: 'train', x: matrix(64, columns, bytes), rows: all(64) };
    const { components, explainedVariance, explainedVarianceRatio } = (await fitted(data, { nComponents: 3 })).fields;
    // Rows hold every combination equally often: three directions of 30 copies each, of one variance.
    for (let i = 0; i < 3; i++) {
      expect(explainedVariance[i]! / ((30 * 95 ** 2 * 64) / 63)).toBeCloseTo(1, 12);
      expect(explainedVarianceRatio[i]!).toBeCloseTo(1 / 3, 12);
      for (let j = 0; j < 3; j++) expect(dot(components[i]!, components[j]!)).toBeCloseTo(Number(i === j), 12);
    }
  });

  test('what cannot be is refused by name', async () => {
    for (const nComponents of [0, -1, 1.5, NaN]) expect(() => pca({ nComponents })).toThrow('a whole number of components from 1, or a share');
    await expect(fitted(table(3), { nComponents: 4 })).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'pca: nComponents is 4; 3 rows of 5 columns have 3 components at most.',
    });
    await expect(fitted({ ...table(3), rows: Uint32Array.of(1) })).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('one row') });
    await expect(fitted({ ...table(3), rows: Uint32Array.of(1, 1, 1) })).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('no column'),
    });
  });
});

test('before other estimators: scored, folded, searched, kept', async () => {
  const set = rawSet('digits');
  const made = pipeline(
    'digits',
    fetch({ name: 'digits', digest: 'one', load: async () => ({ ...set, role: 'all' as const }) }),
    split({ train: [0, 600], test: [600, 900] }),
    shuffle({ seed: 1 }),
    fit(chain(standardize(), pca({ nComponents: 0.9 }), logisticRegression({ tol: 1e-2 }))),
    score({ on: 'test' }),
    crossValidate({ folds: 2 }),
    gridSearch(chain(pca({ nComponents: 10, whiten: true }), logisticRegression({ tol: 1e-2 })), { C: [1e-6, 1] }, { folds: 2 }),
    predict({ row: 3 }),
  );
  const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(outputs['score']!['testAccuracy']).toBeGreaterThan(0.85);
  expect(outputs['grid-search']).toMatchObject({ bestParams: { C: 1 } });
  const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
  expect(await again.model.predictProba(set)).toEqual(await values.model!.predictProba(set));
});
