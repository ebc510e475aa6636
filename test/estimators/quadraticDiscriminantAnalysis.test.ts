// quadraticDiscriminantAnalysis against scikit-learn 1.9 (fixtures/discriminant.json), and by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/discriminant.json' with { type: 'json' };
import { matrix, quadraticDiscriminantAnalysis, type QuadraticDiscriminantAnalysisOptions } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectFigures, expectFolds, figureSet, fitted, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
const digits = figureSet('digits');
const few = { ...digits, rows: digits.rows.subarray(0, 500) };
const estimator = quadraticDiscriminantAnalysis({ regParam: 0.2 });

test.each(figures.quadratic.map((row) => [`${row.data}, ${row.label}`, row] as const))('scikit-learn: %s', async (_, row) => {
  const k = row.proba_first5[0]!.length;
  const options: Record<string, QuadraticDiscriminantAnalysisOptions> = {
    'regParam=0.1': { regParam: 0.1 },
    'regParam=0.5, priors': { regParam: 0.5, priors: Array.from({ length: k }, (_, c) => (2 * (c + 1)) / (k * (k + 1))) },
  };
  const { fields } = await expectFigures(quadraticDiscriminantAnalysis(options[row.label]), row, compute, 1e-5);
  row.means?.forEach((own, c) => expectClose(fields.means[c]!, own, 1e-12));
  row.scalings?.forEach((own, c) => expectClose(fields.scalings[c]!, own, 1e-10));
});

describe('of any rows', () => {
  const spread = ({ fields }: { readonly fields: { readonly scalings: readonly Float64Array[] } }): number[] => fields.scalings.flatMap((own) => [...own]);

  test('folds that share a pass give the models of folds alone', () =>
    expectFolds(estimator, { ...few, weights: thirds(digits.x.rows) } as never, compute, spread, 1e-9));

  test('so do folds of more classes than a pass tells apart', () => {
    const random = new RandomState(7);
    const labels = Uint8Array.from({ length: 900 }, (_, row) => row % 90);
    const x = matrix(
      900,
      2,
      Float64Array.from({ length: 1800 }, () => random.uint32() / 2 ** 32),
    );
    return expectFolds(estimator, { name: 'many', role: 'train', x, labels, rows: Uint32Array.from(labels.keys()) } as never, compute, spread, 1e-9);
  });

  test('a weight of 2 is a row twice, and of 0 none; order does not matter', async () => {
    const weights = Float32Array.from({ length: digits.x.rows }, (_, row) => (row >> 2) % 3);
    const twice = new RandomState(1).shuffle(Uint32Array.from([...few.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id))));
    const [model, repeated] = [await fitted(estimator, { ...few, weights }, compute), await fitted(estimator, { ...few, rows: twice }, compute)];
    expectClose(spread(model), spread(repeated), 1e-9);
    expectClose(await model.decisionFunction(few, context), await repeated.decisionFunction(few, context), 1e-5);
  });

  test('without a penalty, the scale and the place of a column add one number to all rows', async () => {
    const iris = figureSet('iris');
    const plain = quadraticDiscriminantAnalysis({ tol: 0 });
    const moved = matrix(
      150,
      4,
      Float64Array.from(iris.x.data, (value, at) => value * [1e-3, 1, 1e3, 1][at % 4]! + [0, 1e4, 0, 3][at % 4]!),
    );
    const said = await (await fitted(plain, iris, compute)).predictProba!(iris, context);
    const other = await fitted(plain, { ...iris, x: moved }, compute);
    (await other.predictProba!({ ...iris, x: moved }, context)).forEach((share, i) => expect(Math.abs(share - said[i]!)).toBeLessThan(1e-6));
  });

  test('bytes, their floats and sparse rows give one model; without a device it is the same', async () => {
    const model = await fitted(estimator, few, compute);
    for (const x of [matrix(digits.x.rows, 64, Float64Array.from(digits.x.data)), sparseOf(digits.x)])
      expectClose(spread(await fitted(estimator, { ...few, x }, compute)), spread(model), 1e-9);
    expectClose(spread(await fitted(estimator, few, new ReferenceCompute())), spread(model), 1e-9);
  });

  test('what cannot be is refused by name', async () => {
    const iris = figureSet('iris');
    await expect(fitted(estimator, { ...iris, rows: Uint32Array.of(0, 1, 2, 50) }, compute)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'quadraticDiscriminantAnalysis: label 1 of iris has 1 rows; a covariance needs more than one.',
    });
    await expect(fitted(quadraticDiscriminantAnalysis(), figureSet('iris with odd columns'), compute)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'quadraticDiscriminantAnalysis: label 0 of iris with odd columns varies in 4 directions; more than 0.0001 in each of its 6 are needed.',
    });
    // Fewer rows of a class than columns, with a penalty.
    const model = await fitted(estimator, { ...iris, rows: Uint32Array.of(0, 1, 50, 51) }, compute);
    expect([...(await model.predict({ ...iris, rows: Uint32Array.of(0, 1, 50, 51) }, context))]).toEqual([0, 0, 1, 1]);
  });
});
