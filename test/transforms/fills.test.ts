// impute, oneHot, ordinal and columns on tables small enough to work out, and by what must not change them.
import { describe, expect, test } from 'vitest';
import { categoriesOf } from '../../src/core/data/categories.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { takeRows, type Features } from '../../src/core/data/features.ts';
import { matrix, type Categories, type Matrix } from '../../src/core/data/matrix.ts';
import type { Estimator, Transformer } from '../../src/dsl/estimator.ts';
import { through } from '../../src/estimators/chain/transformers.ts';
import { modelFromBytes, modelToBytes } from '../../src/models/modelFile.ts';
import { standardize } from '../../src/stages/scale.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { columns } from '../../src/transforms/columns/columns.ts';
import { impute } from '../../src/transforms/impute/impute.ts';
import { oneHot } from '../../src/transforms/oneHot/oneHot.ts';
import { ordinal } from '../../src/transforms/ordinal/ordinal.ts';
import { stageContext } from '../support/smallSets.ts';

type Rows = Dataset<'train', Features, 'none'>;
const context = stageContext(new ReferenceCompute(), []);
const GAP = NaN;

/** Rows of a column of numbers and one of names, `[rows]`. */
function rowsOf(age: readonly number[], sex: readonly (string | undefined)[], names = ['female', 'male']): Rows {
  const x = matrix(age.length, 2, Float64Array.from(age.flatMap((one, i) => [one, sex[i] === undefined ? NaN : names.indexOf(sex[i])])));
  return { name: 'people', role: 'train', x: { ...x, categories: [null, names] }, rows: Uint32Array.from(age.keys()), columns: ['age', 'sex'] };
}

const people = rowsOf([30, GAP, 20, 70, 20], ['male', 'female', undefined, 'male', 'female']);

async function fitted(transformer: Estimator<Transformer, never, 'none'>, rows: Rows): Promise<Transformer> {
  return (await transformer.train(rows, [{ name: 'all' }], {}, context))[0]!.model;
}

async function made(
  transformer: Estimator<Transformer, never, 'none'>,
  rows: Rows,
  others = rows,
): Promise<{ x: number[][]; names: Categories | undefined; columns: unknown }> {
  const model = await fitted(transformer, rows);
  const x = await model.transform(others, context);
  return { x: listed(x), names: categoriesOf(x), columns: model.outputColumns };
}

function listed({ rows, cols, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, row) => [...data.subarray(row * cols, (row + 1) * cols)]);
}

const ages = { ...people, x: matrix(5, 1, Float64Array.of(30, GAP, 20, 70, 20)), columns: ['age'] };

describe('impute', () => {
  test.each([
    ['mean', 35],
    ['median', 25],
    ['mostFrequent', 20],
    ['constant', 0],
  ] as const)('%s', async (strategy, fill) => {
    expect((await made(impute({ strategy }), ages)).x).toEqual([[30], [fill], [20], [70], [20]]);
  });

  test('names become the most frequent, of several the least', async () => {
    const { x, names, columns: called } = await made(impute({ strategy: 'mostFrequent' }), people);
    expect(x).toEqual([
      [30, 1],
      [20, 0],
      [20, 0],
      [70, 1],
      [20, 0],
    ]);
    expect([names, called]).toEqual([
      [null, ['female', 'male']],
      ['age', 'sex'],
    ]);
  });

  test('a name that is new stands among the others, and every code keeps its name', async () => {
    const sexes = {
      ...people,
      x: { ...matrix(3, 1, Float64Array.of(0, GAP, 1)), categories: [['female', 'male']] },
      rows: Uint32Array.of(0, 1, 2),
      columns: ['sex'],
    };
    const { x, names } = await made(impute({ strategy: 'constant', fillValue: 'gap' }), sexes);
    expect(names).toEqual([['female', 'gap', 'male']]);
    expect(x.map(([code]) => names![0]![code!])).toEqual(['female', 'gap', 'male']);
    expect((await made(impute({ strategy: 'constant' }), sexes)).names).toEqual([['female', 'male', 'missing_value']]);
  });

  test('columns that had gaps are told of', async () => {
    const { x, columns: called } = await made(impute({ strategy: 'constant', addIndicator: true }), people);
    expect(called).toEqual(['age', 'sex', 'missingindicator_age', 'missingindicator_sex']);
    expect(x.map((row) => row.slice(2))).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 0],
      [0, 0],
    ]);
  });

  test('learns of the rows given and of no others', async () => {
    const some = { ...ages, rows: Uint32Array.of(0, 1, 2) };
    expect((await made(impute(), some)).x).toEqual([[30], [25], [20]]);
  });

  test.each([
    [impute(), people, /column 1 \(sex\) of people holds names, which have no mean/, /categories: impute/],
    [impute({ strategy: 'constant', fillValue: 'none' }), people, /fillValue is "none"; column 0 \(age\) holds numbers/, /apart/],
    [impute(), { ...ages, rows: Uint32Array.of(1) }, /column 0 \(age\) of people has no value in the rows trained on/, /Leave the column out/],
  ])('what it refuses, %#', async (transformer, rows, message, hint) => {
    await expect(fitted(transformer, rows)).rejects.toMatchObject({ message: expect.stringMatching(message), hint: expect.stringMatching(hint) });
  });
});

describe('oneHot and ordinal', () => {
  const full = rowsOf([30, 20, 70], ['male', 'female', 'male']);

  test('a column for each name and number, sorted', async () => {
    expect(await made(oneHot(), full)).toEqual({
      x: [
        [0, 1, 0, 0, 1],
        [1, 0, 0, 1, 0],
        [0, 0, 1, 0, 1],
      ],
      names: undefined,
      columns: ['age_20', 'age_30', 'age_70', 'sex_female', 'sex_male'],
    });
    expect(await made(ordinal(), full)).toEqual({
      x: [
        [1, 1],
        [0, 0],
        [2, 1],
      ],
      names: undefined,
      columns: ['age', 'sex'],
    });
  });

  test('many names make rows without their zeros, which are the same rows', async () => {
    const many = Array.from({ length: 100 }, (_, i) => `name ${String(i).padStart(2, '0')}`);
    const rows = rowsOf(
      many.map((_, i) => i % 3),
      many.map((_, i) => many[(i * 7) % 90]),
      many,
    );
    const model = await fitted(oneHot({ handleUnknown: 'ignore' }), { ...rows, rows: rows.rows.subarray(0, 80) });
    const dense = await model.transform(rows, context);
    expect((await takeRows(await model.sparse!(rows, context), rows.rows)).data).toEqual(dense.data);
    const known = new Set(many.map((_, i) => many[(i * 7) % 90]).slice(0, 80));
    const unknown = many.filter((_, i) => !known.has(many[(i * 7) % 90]));
    expect([unknown.length > 0, dense.data.reduce((sum, bit) => sum + bit, 0)]).toEqual([true, 200 - unknown.length]);
    const whole = { ...rows, labels: Uint8Array.from(rows.rows, (row) => row % 3) };
    const chained = await through([model], whole as never, context);
    expect([dense.cols > 64, 'indptr' in chained.x]).toEqual([true, true]);
    const other = await through([await fitted(ordinal(), rows)], rows, context);
    expect('indptr' in other.x).toBe(false);
  });

  test('names are read as names, whatever their codes are in other rows', async () => {
    const other = rowsOf([20, 30], ['male', 'female'], ['x', 'male', 'female']);
    expect((await made(oneHot(), full, other)).x).toEqual([
      [1, 0, 0, 0, 1],
      [0, 1, 0, 1, 0],
    ]);
    expect((await made(ordinal(), full, other)).x).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  test('only what the rows trained on have: a fold knows no more', async () => {
    const part = { ...full, rows: Uint32Array.of(1) };
    expect((await made(oneHot(), part)).columns).toEqual(['age_20', 'sex_female']);
    expect((await made(oneHot({ handleUnknown: 'ignore' }), part, full)).x).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
    expect((await made(ordinal({ unknownValue: -1 }), part, full)).x).toEqual([
      [-1, -1],
      [0, 0],
      [-1, -1],
    ]);
    await expect(made(oneHot(), { ...part, rows: Uint32Array.of(1, 2) }, rowsOf([20], ['other'], ['other']))).rejects.toMatchObject({
      message: 'oneHot: row 0 of people has "other" in column 1 (sex); the rows trained on have female, male.',
      hint: "Say oneHot({ handleUnknown: 'ignore' }), or train on rows that have it.",
    });
    await expect(made(ordinal(), part, rowsOf([21], ['female']))).rejects.toMatchObject({
      message: expect.stringContaining('row 0 of people has 21 in column 0 (age)'),
    });
  });

  test.each([oneHot(), ordinal()])('a gap is refused, with its column', async (transformer) => {
    await expect(fitted(transformer, people)).rejects.toMatchObject({
      message: expect.stringContaining('NaN in column 0 (age)'),
      hint: expect.stringContaining('impute()'),
    });
  });
});

describe('columns', () => {
  const prepared = columns({ numbers: [impute(), standardize()], categories: [impute({ strategy: 'mostFrequent' }), oneHot()] });

  test('what comes out stands in the order of the groups, and what is in none behind them', async () => {
    const { x, columns: called } = await made(prepared, people);
    expect(called).toEqual(['age', 'sex_female', 'sex_male']);
    expect(x.map((row) => row.slice(1))).toEqual([
      [0, 1],
      [1, 0],
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    const turned = await made(columns({ sex: [impute({ strategy: 'mostFrequent' }), ordinal()], numbers: impute() }), people);
    expect([turned.columns, turned.x[0]]).toEqual([
      ['sex', 'age'],
      [1, 30],
    ]);
    const passed = await made(columns({ age: impute() }), people);
    expect([passed.columns, passed.names, passed.x[2]]).toEqual([
      ['age', 'sex'],
      [null, ['female', 'male']],
      [20, NaN],
    ]);
  });

  test('a column of its own is in no other group', async () => {
    const both = await made(columns({ numbers: impute({ strategy: 'constant', fillValue: 1 }), age: impute({ strategy: 'constant', fillValue: 2 }) }), people);
    expect(both.columns).toEqual(['age', 'sex']);
    expect(both.x[1]![0]).toBe(2);
  });

  test('columns without names are x0, x1, ...', async () => {
    const { columns: _, ...bare } = people;
    expect((await made(columns({ x1: [impute({ strategy: 'mostFrequent' }), oneHot()] }), bare)).columns).toEqual(['x1_female', 'x1_male', 'x0']);
  });

  test('what a model learned comes back from a file', async () => {
    const model = await fitted(prepared, people);
    const loaded = (await modelFromBytes<Transformer>('people', await modelToBytes(model))).model;
    expect(listed(await loaded.transform(people, context))).toEqual(listed(await model.transform(people, context)));
    expect(loaded.outputColumns).toEqual(model.outputColumns);
  });

  test('a name that is no column', async () => {
    await expect(fitted(columns({ agee: impute() }), people)).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: "columns: people has no column 'agee'.",
      hint: 'Did you mean age?',
    });
    expect(() => columns({ age: 5 as never })).toThrow(/columns: age: part 1 is 5; a transform is needed/);
  });
});
