// linearDiscriminantAnalysis against scikit-learn 1.9 (fixtures/discriminant.json), and by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/discriminant.json' with { type: 'json' };
import { linearDiscriminantAnalysis, matrix, type LinearDiscriminantAnalysisOptions } from '../../src/api.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectFigures, expectFolds, figureSet, fitted, thirds } from '../support/figures.ts';
import { varyingOnHost } from '../../src/estimators/discriminantAnalysis/onHost.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
const digits = figureSet('digits');
const few = { ...digits, rows: digits.rows.subarray(0, 500) };

test.each(figures.linear.map((row) => [`${row.data}, ${row.label}`, row] as const))('scikit-learn: %s', async (_, row) => {
  const k = row.proba_first5[0]!.length;
  const options: Record<string, LinearDiscriminantAnalysisOptions> = {
    priors: { priors: Array.from({ length: k }, (_, c) => (2 * (c + 1)) / (k * (k + 1))) },
    'tol=0.6': { tol: 0.6 },
  };
  const { fields } = await expectFigures(linearDiscriminantAnalysis(options[row.label]), row, compute, 1e-5);
  row.coef?.forEach((own, c) => expectClose(fields.coef[c]!, own, 1e-7));
  if (row.intercept) expectClose(fields.intercept, row.intercept, 1e-7);
  row.means?.forEach((own, c) => expectClose(fields.means[c]!, own, 1e-12));
});

test('where classes lie so far apart that scores hide the others, as they do in scikit-learn, it says so', async () => {
  const warnings = async (gap: number, classes: number): Promise<readonly string[]> => {
    const random = new RandomState(4);
    const labels = Uint8Array.from({ length: 120 }, (_, row) => row % classes);
    const x = Float64Array.from({ length: 240 }, (_, at) => random.double() + (at % 2 === 0 ? labels[at >> 1]! / 2 : gap * Number(labels[at >> 1] === 1)));
    const events: RunEvent[] = [];
    const data = { name: 'apart', role: 'train', x: matrix(120, 2, x), labels, rows: Uint32Array.from(labels.keys()) } as const;
    await linearDiscriminantAnalysis().train(data, [{ name: 'fit' }], {}, stageContext(compute, events));
    return events.flatMap((event) => (event.type === 'warning' ? [`${event.code} ${event.message}`] : []));
  };
  expect(await warnings(1.7e9, 3)).toEqual([expect.stringMatching(/^W_PRECISION .*classes of apart lie so far apart, .* scores of fit are up to \d+e\+\d+: /)]);
  expect(await warnings(1.7e9, 2)).toEqual([]); // told by a sign
  expect(await warnings(1e3, 3)).toEqual([]);
});

test('of however many classes there is one sum of products where float64 takes the sums again', async () => {
  const [cols, classes] = [3, 5];
  const x = matrix(
    60,
    cols,
    Float64Array.from({ length: 60 * cols }, (_, at) => ((at * 7) % 11) + 1e3 * (at % cols)),
  );
  const codes = Uint32Array.from({ length: 60 }, (_, row) => row % classes);
  const rows = { name: 'x', role: 'train', x, rows: Uint32Array.from(codes.keys()), labels: Uint8Array.from(codes), codes, classes: [0, 1, 2, 3, 4] } as const;
  const [each, together] = [
    await varyingOnHost(rows as never, undefined, undefined),
    await varyingOnHost(rows as never, undefined, undefined, { together: true }),
  ];
  expect(new Set(together.map(({ products }) => products)).size).toBe(1);
  expect(together.map(({ mean }) => mean)).toEqual(each.map(({ mean }) => mean));
  together[0]!.products.forEach((value, at) =>
    expect(value).toBeCloseTo(
      each.reduce((sum, own) => sum + own.products[at]!, 0),
      9,
    ),
  );
});

describe('of any rows', () => {
  const weightsOf = (fields: { readonly coef: readonly Float64Array[] }): number[] => fields.coef.flatMap((own) => [...own]);

  test('folds that share a pass give the models of folds alone', () =>
    expectFolds(linearDiscriminantAnalysis(), { ...few, weights: thirds(digits.x.rows) } as never, compute, ({ fields }) => weightsOf(fields), 1e-9));

  test('a weight of 2 is a row twice, and of 0 none; order does not matter', async () => {
    const weights = Float32Array.from({ length: digits.x.rows }, (_, row) => (row >> 2) % 3);
    const twice = new RandomState(1).shuffle(Uint32Array.from([...few.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id))));
    const estimator = linearDiscriminantAnalysis();
    const [model, repeated] = [await fitted(estimator, { ...few, weights }, compute), await fitted(estimator, { ...few, rows: twice }, compute)];
    expectClose(weightsOf(model.fields), weightsOf(repeated.fields), 1e-9);
  });

  test('the scale and the place of a column change nothing', async () => {
    const iris = figureSet('iris');
    const moved = matrix(
      150,
      4,
      Float64Array.from(iris.x.data, (value, at) => value * [1e-6, 1, 1e5, 1][at % 4]! + [0, 1e6, 0, 3][at % 4]!),
    );
    const said = await (await fitted(linearDiscriminantAnalysis(), iris, compute)).decisionFunction(iris, context);
    const other = await fitted(linearDiscriminantAnalysis(), { ...iris, x: moved }, compute);
    expectClose(await other.decisionFunction({ ...iris, x: moved }, context), said, 1e-6);
  });

  test('bytes, their floats and sparse rows give one model; without a device it is the same', async () => {
    const { fields } = await fitted(linearDiscriminantAnalysis(), few, compute);
    for (const x of [matrix(digits.x.rows, 64, Float64Array.from(digits.x.data)), sparseOf(digits.x)]) {
      expectClose(weightsOf((await fitted(linearDiscriminantAnalysis(), { ...few, x }, compute)).fields), weightsOf(fields), 1e-9);
    }
    expectClose(weightsOf((await fitted(linearDiscriminantAnalysis(), few, new ReferenceCompute())).fields), weightsOf(fields), 1e-9);
  });

  test('what cannot be is refused by name', async () => {
    const iris = figureSet('iris');
    await expect(fitted(linearDiscriminantAnalysis(), { ...iris, rows: Uint32Array.of(0, 50, 100) }, compute)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'linearDiscriminantAnalysis: fit of iris has 3 rows; more than its 3 classes are needed.',
    });
    const constant = {
      ...iris,
      x: matrix(
        150,
        1,
        Float64Array.from(iris.labels, (label) => label / 10),
      ),
    };
    await expect(fitted(linearDiscriminantAnalysis(), constant, compute)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'linearDiscriminantAnalysis: no column of iris varies within a class.',
    });
  });
});
