// Transforms that keep some of the columns, by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import { chain, columns, logisticRegression, nearestCentroid, oneVsRest, selectColumns, selectKBest, varianceThreshold } from '../../src/api.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { Predictor, Transformer } from '../../src/dsl/estimator.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { expectClose, expectNear, figureSet, fitted } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';
import { changed, column, type Fields, type Made } from './columnOf.ts';

const compute = new ReferenceCompute();
const context = stageContext(compute);
const iris = figureSet('iris');

describe('varianceThreshold', () => {
  test('constant columns go, whatever their unit; the names of the others stay', async () => {
    const x = matrix(3, 3, Float64Array.of(1e12, 1e-9, 5, 1e12, 2e-9, 6, 1e12, 3e-9, 9));
    const rows = { ...column([]), x, rows: Uint32Array.of(0, 1, 2), columns: ['same', 'small', 'large'] };
    const model = await fitted<Transformer>(varianceThreshold() as Made, rows, compute);
    expect(model.outputColumns).toEqual(['small', 'large']);
    expect((await fitted<Transformer>(varianceThreshold({ threshold: 1 }) as Made, rows, compute)).outputColumns).toEqual(['large']);
    await expect(fitted(varianceThreshold({ threshold: 3 }) as Made, rows, compute)).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('no column of numbers varies by more than 3: column 2 (large) varies most'),
    });
    await expect(fitted(varianceThreshold() as Made, { ...rows, rows: Uint32Array.of(1) }, compute)).rejects.toMatchObject({
      hint: 'Train on rows that differ.',
    });
  });
});

describe('selectKBest', () => {
  const scoresOf = async (made: unknown, rows: object): Promise<Float64Array> =>
    (await fitted<Transformer & Fields>(made as never, rows, compute)).fields['scores'] as Float64Array;

  test('scores do not change with the order of rows, the unit and the origin of a column', async () => {
    const scores = await scoresOf(selectKBest(), iris);
    expectClose(await scoresOf(selectKBest(), { ...iris, rows: iris.rows.toReversed() }), scores, 1e-12);
    expectClose(
      await scoresOf(
        selectKBest(),
        changed(iris, (value) => 1e6 - value * 8),
      ),
      scores,
      1e-8,
    );
    const counts = await scoresOf(selectKBest({ scoreFunc: 'chi2' }), iris);
    expectClose(
      await scoresOf(
        selectKBest({ scoreFunc: 'chi2' }),
        changed(iris, (value) => value * 8),
      ),
      counts.map((value) => value * 8),
      1e-12,
    );
    const diabetes = valuedSet('diabetes');
    const correlated = await scoresOf(selectKBest({ scoreFunc: 'fRegression' }), diabetes);
    expectClose(
      await scoresOf(
        selectKBest({ scoreFunc: 'fRegression' }),
        changed(diabetes, (value) => 3 - value * 8),
      ),
      correlated,
      1e-8,
    );
  });

  test('a column that is the target wins, a constant one is the last; of equal ones the last stays', async () => {
    const x = matrix(4, 4, Float64Array.of(5, 7, 0, 5, 6, 7, 0, 6, 7, 7, 1, 7, 5, 7, 1, 5));
    const rows = { ...column([]), x, rows: Uint32Array.of(0, 1, 2, 3), columns: ['a', 'same', 'target', 'again'], labels: Uint8Array.of(0, 0, 1, 1) };
    const kept = async (k: number) => (await fitted<Transformer>(selectKBest({ k }) as Made, rows, compute)).outputColumns;
    expect([await kept(1), await kept(2), await kept(3), await kept(9)]).toEqual([
      ['target'],
      ['target', 'again'],
      ['a', 'target', 'again'],
      ['a', 'same', 'target', 'again'],
    ]);
  });

  test('a fold chooses by its own training rows', async () => {
    // Noise: a column chosen on all rows would tell of the held-out ones.
    const cols = 300;
    const x = matrix(
      20,
      cols,
      Float64Array.from({ length: 20 * cols }, (_, at) => Math.sin(at ** 1.7)),
    );
    const data = {
      ...column([]),
      x,
      rows: Uint32Array.from({ length: 20 }, (_, i) => i),
      columns: undefined,
      labels: Uint8Array.from({ length: 20 }, (_, i) => i % 2),
    };
    const fold = Uint8Array.from({ length: 20 }, (_, i) => (i >> 1) % 4);
    const estimator = chain(selectKBest({ k: 5 }), nearestCentroid());
    const trained = await estimator.train(data as never, [{ name: 'fold 1', heldOut: 1 }], { folds: { fold, count: 4 } }, context);
    const alone = await fitted<Predictor>(estimator as never, { ...data, rows: data.rows.filter((row) => fold[row] !== 1) }, compute);
    expect(trained[0]!.model.model!.columns).toEqual(alone.model!.columns);
    const all = await fitted<Predictor>(estimator as never, data, compute);
    expect(all.model!.columns).not.toEqual(alone.model!.columns);
  });

  test('inside one against all others, each class chooses its own', async () => {
    const estimator = oneVsRest(chain(selectKBest({ k: 1 }), logisticRegression()) as never);
    const { models } = (await fitted<Predictor>(estimator as never, iris, compute)) as unknown as { readonly models: readonly Predictor[] };
    for (const [label, model] of models.entries()) {
      const alone = await fitted<Predictor>(
        chain(selectKBest({ k: 1 }), logisticRegression()) as never,
        { ...iris, labels: iris.labels.map((own) => Number(own === label)) },
        compute,
      );
      expect(model.model!.columns).toEqual(alone.model!.columns);
      expectNear(model.model!.coef![0]!, alone.model!.coef![0]!, 1e-9);
    }
    expect(new Set(models.map((model) => String(model.model!.columns))).size).toBeGreaterThan(1);
  });

  test('in a group of columns it sees the target; k can be searched', async () => {
    const model = await fitted<Transformer>(columns({ numbers: selectKBest({ k: 1 }) }) as Made, { ...iris, columns: ['a', 'b', 'c', 'd'] }, compute);
    expect(model.outputColumns).toEqual(['c']);
    const jobs = [1, 2].map((k) => ({ name: `k ${k}`, params: { 'selectKBest.k': k } }));
    const trained = await chain(selectKBest(), nearestCentroid()).train(iris as never, jobs as never, {}, context);
    expect(trained.map(({ model }) => model.model!.columns)).toEqual([['x2'], ['x2', 'x3']]);
  });

  test.each([
    [
      selectKBest(),
      { values: matrix(2, 1, Float64Array.of(1, 2)) },
      /fClassif compares classes; the rows of numbers have none/,
      "Use scoreFunc: 'fRegression'.",
    ],
    [selectKBest(), {}, /fClassif compares classes/, 'Use it in a chain with a classifier.'],
    [selectKBest({ scoreFunc: 'fRegression' }), { labels: Uint8Array.of(0, 1) }, /needs one value a row; the rows of numbers have no values/, /fClassif/],
    [selectKBest({ scoreFunc: 'chi2' }), { labels: Uint8Array.of(0, 1) }, /chi2 compares counts; row 1 of numbers has -2 in column 0 \(age\)/, /minMax/],
  ])('targets and counts that it refuses, %#', async (made, target, message, hint) => {
    await expect(fitted(made as Made, column([1, -2], target), compute)).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});

describe('selectColumns', () => {
  const people = {
    ...column([]),
    name: 'people',
    x: { ...matrix(2, 3, Float64Array.of(30, 1, NaN, 20, 0, 5)), categories: [null, ['female', 'male'], null] },
    rows: Uint32Array.of(0, 1),
    columns: ['age', 'sex', 'height'],
  };

  test('columns in the order that is asked for, names and gaps as they are', async () => {
    const model = await fitted<Transformer>(selectColumns({ columns: ['sex', 'height'] }) as Made, people, compute);
    const x = await model.transform(people as never, context);
    expect([model.outputColumns, [...x.data], x.categories]).toEqual([
      ['sex', 'height'],
      [1, NaN, 0, 5],
      [['female', 'male'], null],
    ]);
    expect((await fitted<Transformer>(selectColumns() as Made, people, compute)).outputColumns).toEqual(people.columns);
    const numbers = await fitted<Transformer>(selectColumns({ columns: ['age'] }) as Made, people, compute);
    expect((await numbers.transform(people as never, context)).categories).toBeUndefined();
  });

  test('a misspelt column, when checked and when trained', async () => {
    const refusal = { code: 'E_PARAMS', message: "selectColumns: people has no column 'hight'.", hint: 'Did you mean height?' };
    const misspelt = selectColumns({ columns: ['hight'] });
    await expect(fitted(misspelt as Made, people, compute)).rejects.toMatchObject(refusal);
    const fact = { type: 'dataset', name: 'people', role: 'train', columns: people.columns, categories: ['sex'] } as never;
    expect(() => misspelt.remake!(fact)).toThrow(expect.objectContaining(refusal));
    expect(selectColumns({ columns: ['age', 'height'] }).remake!(fact)).toMatchObject({ cols: 2, columns: ['age', 'height'], categories: [] });
    expect(() => selectColumns({ columns: ['age', 'age'] }).remake!(fact)).toThrow(/column 'age' is named twice/);
  });
});
