// Transforms that learn from columns, by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import {
  aboveThreshold,
  chain,
  columns,
  functionTransformer,
  kBins,
  log,
  maxAbs,
  nearestCentroid,
  normalize,
  polynomial,
  power,
  quantile,
  ridge,
  selectKBest,
  standardize,
  varianceThreshold,
} from '../../src/api.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { Predictor, Transformer } from '../../src/dsl/estimator.ts';
import { normalQuantile } from '../../src/transforms/quantile/normalQuantile.ts';
import { modelFromBytes, modelToBytes } from '../../src/models/modelFile.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { expectClose, expectNear, figureSet, fitted, half } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';
import { changed, column, type Fields, type Made } from './columnOf.ts';

const compute = new ReferenceCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
type Decided = { readonly decisions?: Float64Array };

async function outOf(transformer: unknown, rows: object, others = rows): Promise<number[]> {
  const model = await fitted<Transformer>(transformer as Made, rows, compute);
  return [...(await model.transform(others as never, context)).data];
}

const ALL: readonly (readonly [string, unknown])[] = [
  ['power', power()],
  ['quantile', quantile()],
  ['kBins', kBins()],
  ['polynomial', polynomial()],
  ['log', log({ offset: 1 })],
  ['aboveThreshold', aboveThreshold()],
  ['normalize', normalize()],
  ['varianceThreshold', varianceThreshold()],
  ['selectKBest', selectKBest()],
  ['maxAbs', columns({ numbers: maxAbs() })],
  ['functionTransformer', functionTransformer({ name: 'same', row: (row) => ({ ...row }) })],
];

describe.each(ALL)('%s', (_, transformer) => {
  test('a gap is refused, with its column; so is a column of gaps', async () => {
    const refusal = { code: 'E_DATA', message: expect.stringContaining('NaN in column 0 (age)'), hint: expect.stringContaining('impute()') };
    const labels = { labels: Uint8Array.of(0, 1, 0) };
    await expect(outOf(transformer, column([1, NaN, 3], labels))).rejects.toMatchObject(refusal);
    await expect(outOf(transformer, column([NaN, NaN, NaN], labels))).rejects.toMatchObject(refusal);
  });

  test('a column of names is refused', async () => {
    const named = column([0, 1, 0], { labels: Uint8Array.of(0, 1, 0) });
    const rows = { ...named, x: { ...named.x, categories: [['a', 'b']] } };
    if (transformer === ALL.at(-2)![1]) return; // the group of numbers is empty then
    await expect(outOf(transformer, rows)).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('column 0 (age) of numbers holds names') });
  });
});

describe('power', () => {
  test('what it makes of training rows has mean 0 and variance 1; a constant column becomes 0', async () => {
    const skewed = Array.from({ length: 50 }, (_, i) => Math.exp(i / 10) - 20);
    const made = await outOf(power(), column(skewed));
    expect(made.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 9);
    expect(made.reduce((sum, value) => sum + value ** 2, 0) / 50).toBeCloseTo(1, 9);
    expect(await outOf(power(), column([1.7e9, 1.7e9, 1.7e9]))).toEqual([0, 0, 0]);
    expectNear(await outOf(power({ standardize: false }), column([7, 7])), [7, 7], 1e-14);
  });

  test('no power near the one it finds is likelier', async () => {
    const values = Array.from({ length: 40 }, (_, i) => (i % 7) ** 3 - 10 + i / 3);
    const likelihood = async (of: number): Promise<number> => {
      const bent = values.map((value) => (value >= 0 ? ((1 + value) ** of - 1) / of : -((1 - value) ** (2 - of) - 1) / (2 - of)));
      const mean = bent.reduce((sum, value) => sum + value, 0) / 40;
      const variance = bent.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 40;
      return -20 * Math.log(variance) + (of - 1) * values.reduce((sum, value) => sum + Math.sign(value) * Math.log1p(Math.abs(value)), 0);
    };
    const { fields } = await fitted<Transformer & Fields>(power() as never, column(values), compute);
    const [found] = fields['powers'] as Float64Array;
    const [best, ...others] = await Promise.all([0, -0.01, 0.01, -0.5, 0.5].map((by) => likelihood(found! + by)));
    for (const other of others) expect(other).toBeLessThan(best!);
  });

  test('years, whose power is far from 1, stay finite in order', async () => {
    const made = await outOf(power(), column([2003, 1950, 1997, 2000, 2009]), column([1950, 1997, 2000, 2003, 2009, 30_000]));
    expect(made.every(Number.isFinite)).toBe(true);
    expect(made).toEqual(made.toSorted((a, b) => a - b));
  });
});

describe('quantile', () => {
  test('ranks, whatever bends the column without turning it round', async () => {
    const values = [5, 1, 4, 2, 3];
    expect(await outOf(quantile(), column(values))).toEqual([1, 0, 0.75, 0.25, 0.5]);
    expectNear(await outOf(quantile(), changed(column(values), Math.exp)), [1, 0, 0.75, 0.25, 0.5], 1e-15);
  });

  test('equal values share the middle of their ranks; beyond the training rows there are the ends', async () => {
    expect(await outOf(quantile(), column([1, 2, 2, 2, 3]), column([0, 1, 2, 3, 9]))).toEqual([0, 0, 0.5, 1, 1]);
    const [low, middle, high] = await outOf(quantile({ outputDistribution: 'normal' }), column([1, 2, 3]), column([-50, 2, 50]));
    expectNear([low!, middle!, high!], [-5.199337582605575, 0, 5.19933758270342], 1e-9);
  });

  test('the inverse of the normal distribution, to the last digits', () => {
    // scipy.stats.norm.ppf
    for (const [share, value] of [
      [0.5, 0],
      [0.975, 1.959963984540054],
      [0.1, -1.2815515655446004],
      [1e-7, -5.1993375821928165],
      [1e-20, -9.262340089798409],
      [0.08, -1.4050715603096329],
    ] as const)
      expect(normalQuantile(share)).toBeCloseTo(value, 13);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });
});

describe('kBins', () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 100];

  test('bins of equally many rows, bins of equal width; what is beyond is in the outer ones', async () => {
    expect(await outOf(kBins({ nBins: 4, encode: 'ordinal' }), column(values))).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(await outOf(kBins({ nBins: 4, encode: 'ordinal', strategy: 'uniform' }), column(values), column([-9, 1, 25, 26, 99, 1e9]))).toEqual([
      0, 0, 0, 1, 3, 3,
    ]);
  });

  test('each row is in one bin of each column; the unit changes nothing', async () => {
    const model = await fitted<Transformer>(kBins({ nBins: 3 }), iris, compute);
    const { data, cols } = await model.transform(iris, context);
    for (let row = 0; row < 150; row++) expect(data.subarray(row * cols, (row + 1) * cols).reduce((sum, bit) => sum + bit, 0)).toBe(4);
    for (const strategy of ['quantile', 'uniform'] as const) {
      const made = await outOf(kBins({ strategy }), iris);
      expect(
        await outOf(
          kBins({ strategy }),
          changed(iris, (value) => value * 2 ** -40),
        ),
      ).toEqual(made);
    }
  });

  test('a constant column is one bin; repeated values leave fewer bins', async () => {
    const model = await fitted<Transformer>(kBins() as Made, column([7, 7, 7]), compute);
    expect(model.outputColumns).toEqual(['age_0']);
    expect(await outOf(kBins({ nBins: 4, encode: 'ordinal' }), column([0, 0, 0, 0, 0, 0, 1, 2]))).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
  });
});

describe('polynomial', () => {
  const rows = { ...column([]), x: matrix(2, 3, Float64Array.of(2, 3, 5, 1, 0, -1)), rows: Uint32Array.of(0, 1), columns: ['a', 'b', 'c'] };

  test('products and their names', async () => {
    const model = await fitted<Transformer>(polynomial({ includeBias: false }) as Made, rows, compute);
    expect(model.outputColumns).toEqual(['a', 'b', 'c', 'a^2', 'a b', 'a c', 'b^2', 'b c', 'c^2']);
    expect([...(await model.transform(rows, context)).data]).toEqual([2, 3, 5, 4, 6, 10, 9, 15, 25, 1, 0, -1, 1, 0, -1, 0, -0, 1]);
    const only = await fitted<Transformer>(polynomial({ degree: [3, 3], interactionOnly: true }) as Made, rows, compute);
    expect(only.outputColumns).toEqual(['1', 'a b c']);
  });

  test('weights stand beside the names of the products, and a square is learned', async () => {
    const x = Float64Array.from({ length: 40 }, (_, i) => i / 10 - 2);
    const data = {
      ...column([...x]),
      values: matrix(
        40,
        1,
        x.map((value) => 3 * value ** 2 - value + 1),
      ),
    };
    const model = await fitted<Predictor>(chain(polynomial({ includeBias: false }), ridge({ alpha: 1e-9 })) as never, data, compute);
    expect(model.model!.columns).toEqual(['age', 'age^2']);
    expectNear(model.model!.coef![0]!, [-1, 3], 1e-5);
  });

  test('more products than fit, and none, are refused before they are made', async () => {
    const wide = { ...rows, x: matrix(1, 3000, new Float64Array(3000)), rows: Uint32Array.of(0), columns: undefined };
    await expect(fitted(polynomial({ degree: 3 }) as Made, wide, compute)).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'polynomial: degree 3 of the 3000 columns of numbers makes 4509005501 features; there are 1 rows.',
      hint: expect.stringContaining('interactionOnly'),
    });
    const long = { ...wide, rows: new Uint32Array(300) };
    await expect(fitted(polynomial() as Made, long, compute)).rejects.toMatchObject({
      message: expect.stringContaining('4504501 features; there are 300 rows'),
    });
    await expect(fitted(polynomial({ degree: 0, includeBias: false }) as Made, rows, compute)).rejects.toMatchObject({
      code: 'E_PARAMS',
      hint: 'Say degree: 1 or more.',
    });
    expect(() => polynomial({ degree: [3, 2] })).toThrow(/degree: needs \[least, most\]/);
  });
});

test('log refuses what has none, with a cure that fits', async () => {
  expect(await outOf(log(), column([1, Math.E]))).toEqual([0, 1]);
  expect(await outOf(log({ offset: 1 }), column([0, 1e-20]))).toEqual([0, 1e-20]);
  await expect(outOf(log(), column([1, 0]))).rejects.toMatchObject({
    code: 'E_DATA',
    message: 'log: row 1 of numbers has 0 in column 0 (age); there is no logarithm of it.',
    hint: 'Say log({ offset: 1 }), or use power().',
  });
  await expect(outOf(log({ offset: 1 }), column([1, -1]))).rejects.toMatchObject({
    message: expect.stringContaining('with an offset of 1'),
    hint: expect.stringMatching(/^Use power\(\)/),
  });
});

test('normalize: rows of one length, whatever their unit; a row of zeros stays', async () => {
  const rows = { ...column([]), x: matrix(3, 2, Float64Array.of(3, -4, 0, 0, 3e200, -4e200)), rows: Uint32Array.of(0, 1, 2), columns: undefined };
  expectNear(await outOf(normalize(), rows), [0.6, -0.8, 0, 0, 0.6, -0.8], 1e-15);
  expectNear(await outOf(normalize({ norm: 'l1' }), rows), [3 / 7, -4 / 7, 0, 0, 3 / 7, -4 / 7], 1e-15);
  expectNear(await outOf(normalize({ norm: 'max' }), rows), [0.75, -1, 0, 0, 0.75, -1], 1e-15);
});

test('aboveThreshold: above, not at', async () => {
  expect(await outOf(aboveThreshold({ threshold: 2 }), column([1, 2, 2.5]))).toEqual([0, 0, 1]);
});

describe('maxAbs', () => {
  const scaled = (steps: readonly unknown[], values: readonly number[]): Promise<number[]> => outOf(columns({ numbers: steps as never }), column(values));

  test('the largest size becomes 1 and 0 stays, whatever the unit; zeros stay', async () => {
    expect(await scaled([maxAbs()], [2, -8, 0])).toEqual([0.25, -1, 0]);
    expectNear(await scaled([maxAbs()], [2e-300, -8e-300, 0]), [0.25, -1, 0], 1e-15);
    expect(await scaled([maxAbs()], [0, 0])).toEqual([0, 0]);
  });

  test('a fold says nothing of itself', async () => {
    const { transform } = maxAbs();
    const scaling = await transform.learn(column([2, -8, 4, 1]) as never, { count: 2, fold: Uint8Array.of(0, 1, 0, 1) });
    expect([scaling(undefined, 1).factor[0], scaling(undefined, 0).factor[0]]).toEqual([1 / 4, 1 / 8]);
    // Around what a scaling before it made 0, and turned round as it was.
    const { shift, factor } = scaling({ shift: Float64Array.of(10), factor: Float64Array.of(-3) }, 1);
    expect([2, 4, 10].map((value) => (value - shift[0]!) * factor[0]!)).toEqual([1, 0.75, -0]);
  });
});

describe('functionTransformer', () => {
  const people = { ...column([]), name: 'people', x: matrix(2, 2, Float64Array.of(80, 2, 50, 0)), rows: Uint32Array.of(0, 1), columns: ['mass', 'height'] };
  const first = { ...people, rows: Uint32Array.of(0) };

  test('new features by name, beside the others or in their place', async () => {
    const bmi = functionTransformer<'mass' | 'height'>({ name: 'bmi', row: ({ mass, height }) => ({ height, bmi: mass / height ** 2 }) });
    const model = await fitted<Transformer>(bmi as Made, first, compute);
    expect([model.outputColumns, [...(await model.transform(first, context)).data]]).toEqual([
      ['height', 'bmi'],
      [2, 20],
    ]);
    const more = functionTransformer({ name: 'more', row: (row) => ({ ...row, double: 2 * row['mass']! }) });
    expect(await outOf(more, people)).toEqual([80, 2, 160, 50, 0, 100]);
    const chained = await fitted<Predictor>(chain(more, standardize(), nearestCentroid()) as never, { ...people, labels: Uint8Array.of(0, 1) }, compute);
    expect(chained.model!.columns).toEqual(['mass', 'height', 'double']);
  });

  test.each([
    [
      ({ mass, height }: Readonly<Record<string, number>>) => ({ ratio: mass! / height! }),
      'E_DATA',
      'own: row 1 of people becomes Infinity in ratio; a finite number is needed.',
    ],
    [({ mas }: Readonly<Record<string, number>>) => ({ mas: mas! }), 'E_PARAMS', "own: people has no column 'mas'."],
    [
      ({ mass }: Readonly<Record<string, number>>): Readonly<Record<string, number>> => (mass! > 60 ? { a: 1 } : { b: 1 }),
      'E_DATA',
      'own: row 1 of people becomes b, the others a.',
    ],
    [() => ({}), 'E_DATA', 'own: row 0 of people becomes nothing.'],
  ])('what it refuses, %#', async (row, code, message) => {
    const own = functionTransformer({ name: `own ${message.length}`, row });
    await expect(fitted(own as Made, people, compute)).rejects.toMatchObject({ code, message: message.replace('own', own.name) });
  });

  test('the nearest column is told', async () => {
    const misspelt = functionTransformer({ name: 'misspelt', row: (row) => ({ hight: row['hight']! }) });
    await expect(fitted(misspelt as Made, people, compute)).rejects.toMatchObject({ hint: 'Did you mean height?' });
    expect(() => functionTransformer({ name: 'own' } as never)).toThrow(/functionTransformer: row is nothing; a function is needed/);
  });

  test('numbers that it goes by are part of it, and of its model', async () => {
    const by = (factor: number) => functionTransformer({ name: 'by', params: { factor }, row: ({ mass }, { factor }) => ({ mass: mass! * factor! }) });
    const [twice, thrice] = [by(2), by(3)];
    expect([twice.params, thrice.params]).toEqual([{ factor: 2 }, { factor: 3 }]);
    const bytes = await modelToBytes(await fitted<Transformer>(twice as Made, people, compute));
    expect([...(await (await modelFromBytes<Transformer>('twice', bytes)).model.transform(people, context)).data]).toEqual([160, 100]);
    expect(await outOf(thrice, people)).toEqual([240, 150]);
  });

  test('a name stands for one function', () => {
    functionTransformer({ name: 'once', row: (row) => ({ ...row }) });
    functionTransformer({ name: 'once', row: (row) => ({ ...row }) });
    expect(() => functionTransformer({ name: 'once', row: () => ({ one: 1 }) })).toThrow("there is another function called 'once'");
    expect(() => functionTransformer({ name: 'pca', row: (row) => row })).toThrow("there is another estimator called 'pca'");
  });

  test('its code is part of what it is kept by', () => {
    expect(functionTransformer({ name: 'code', row: (row) => row }).code).toEqual([expect.stringContaining('learned.test.ts')]);
  });
});

test.each([
  ['even', 0],
  ['odd', 1],
] as const)('a fold of a chain learns from its training rows alone: %s rows left', async (_, left) => {
  const estimator = chain(power(), kBins({ nBins: 4 }), varianceThreshold(), nearestCentroid());
  const fold = Uint8Array.from(iris.rows, (row) => (row + left + 1) % 2);
  const trained = await estimator.train(iris as never, [{ name: 'fold', heldOut: 0 }], { folds: { fold, count: 2 }, need: 'decisions' }, context);
  const alone = await fitted<Predictor>(estimator as never, half(iris, left), compute);
  const said = await alone.evaluate(half(iris, left === 0 ? 1 : 0), 'decisions', context);
  expectClose((trained[0]!.heldOut as Decided).decisions!, (said as Decided).decisions!, 1e-7);
});
