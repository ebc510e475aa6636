// multinomialNB and bernoulliNB against scikit-learn 1.9 (fixtures/naiveBayes.json), and by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/naiveBayes.json' with { type: 'json' };
import { bernoulliNB, matrix, multinomialNB, type MultinomialNBOptions } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectFigures, expectFolds, figureSet, fitted, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
const optionsOf = (label: string): MultinomialNBOptions => (label.startsWith('alpha') ? { alpha: 0.01, fitPrior: false } : {});
const estimators = { multinomial: multinomialNB, bernoulli: (options: MultinomialNBOptions) => bernoulliNB({ binarize: 3.2, ...options }) } as const;
const digits = figureSet('digits');
const few = { ...digits, rows: digits.rows.subarray(0, 300) };

describe.each(['multinomial', 'bernoulli'] as const)('%s', (kind) => {
  const make = estimators[kind];

  test.each(figures[kind].map((row) => [`${row.data}, ${row.label}`, row] as const))('scikit-learn: %s', async (_, row) => {
    const { fields } = await expectFigures(make(optionsOf(row.label)), row, compute, kind === 'bernoulli' ? 1e-10 : 1e-5);
    row.feature_log_prob?.forEach((own, c) => expectClose(fields.featureLogProb[c]!, own, 1e-13));
    if (row.class_log_prior) expectClose(fields.classLogPrior, row.class_log_prior, 1e-13);
  });

  test('bytes, their floats and sparse rows give one model; without a device it is the same', async () => {
    const { fields } = await fitted(make({}), few, compute);
    for (const x of [matrix(digits.x.rows, 64, Float64Array.from(digits.x.data)), sparseOf(digits.x)]) {
      const other = await fitted(make({}), { ...few, x }, compute);
      fields.featureLogProb.forEach((own, c) => expectClose(other.fields.featureLogProb[c]!, own, 1e-13));
    }
    expect((await fitted(make({}), few, new ReferenceCompute())).fields).toEqual(fields);
  });

  test('a weight of 2 is a row twice, and of 0 none; order does not matter', async () => {
    const weights = Float32Array.from({ length: digits.x.rows }, (_, row) => (row >> 2) % 3);
    const twice = new RandomState(1).shuffle(Uint32Array.from([...few.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id))));
    const [model, repeated] = [await fitted(make({}), { ...few, weights }, compute), await fitted(make({}), { ...few, rows: twice }, compute)];
    expect(model.fields).toEqual(repeated.fields);
    expect(await model.predict(few, context)).toEqual(await repeated.predict(few, context));
  });

  test('folds that share a pass give the models of folds alone', () =>
    expectFolds(
      make({}),
      { ...few, weights: thirds(digits.x.rows) } as never,
      compute,
      ({ fields }) => fields.featureLogProb.flatMap((own) => [...own]),
      1e-13,
    ));

  test('columns that are constant count too', async () => {
    const bytes = {
      ...few,
      x: matrix(
        digits.x.rows,
        2,
        Uint8Array.from({ length: digits.x.rows * 2 }, (_, at) => (at & 1 ? 7 : digits.labels[at >> 1]!)),
      ),
    };
    const [model, floats] = [await fitted(make({}), bytes, compute), await fitted(make({}), { ...bytes, x: sparseOf(bytes.x) }, compute)];
    model.fields.featureLogProb.forEach((own, c) => expectClose(own, floats.fields.featureLogProb[c]!, 1e-13));
  });
});

test('what cannot be is refused by name', async () => {
  expect(() => multinomialNB({ alpha: 0 })).toThrow('alpha is what is added to every count');
  const x = matrix(4, 1, Float64Array.of(1, 2, -3, 4));
  const data = { name: 'debts', role: 'train', x, labels: Uint8Array.of(0, 1, 0, 1), rows: Uint32Array.of(0, 1, 2, 3) };
  await expect(fitted(multinomialNB(), data, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    message: 'multinomialNB: row 2 has -3 in column 0; counts are 0 or more.',
  });
  expect((await fitted(bernoulliNB(), data, compute)).fields.featureLogProb[0]![0]).toBeCloseTo(Math.log(2 / 4), 12);
});
