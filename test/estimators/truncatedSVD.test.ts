// Singular vectors against scikit-learn's figures, and what must hold of any rows.
import { expect, test } from 'vitest';
import figures from '../fixtures/truncatedSVD.json' with { type: 'json' };
import {
  chain,
  columns,
  crossValidate,
  csr,
  fetch,
  fit,
  hashing,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  score,
  split,
  tfidf,
  truncatedSVD,
  type Features,
  type TruncatedSVDOptions,
} from '../../src/api.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { largestOf } from '../../src/estimators/truncatedSVD/krylov.ts';
import type { Vectors } from '../../src/estimators/truncatedSVD/products.ts';
import { runPipeline } from '../../src/node.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, figureSet, fitted } from '../support/figures.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
const all = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, row) => row);
const dataOf = (x: Features) => ({ name: 'rows', role: 'train' as const, x, rows: all(x.rows) });
const decomposed = (x: Features, options: TruncatedSVDOptions, more: object = {}) => fitted(truncatedSVD(options), { ...dataOf(x), ...more }, compute);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Rows of few entries in many columns, as those of the figures. */
function words(): Features {
  const x = new Float64Array(240 * 900);
  for (let i = 0; i < 240; i++) {
    for (let j = 0; j < 14; j++) {
      const column = j > 5 ? (i * i * 7 + 13 * j * j * j + (i % 11) * j * 17) % 900 : ((i % 7) * 5 + j * 3) % 40;
      x[i * 900 + column]! += 1 + ((i + j) % 5);
    }
  }
  return sparseOf(matrix(240, 900, x));
}

const setOf = (name: string): Features => (name === 'words' ? words() : figureSet(name).x);

test.each(figures.rows.map((row) => [`${row.data}, ${row.n_components} components`, row] as const))(
  'components, singular values and variances of scikit-learn: %s',
  async (_, { data, n_components: nComponents, singular_values, components, explained_variance, ratios, first }) => {
    const x = setOf(data);
    const { fields, ...model } = await decomposed(x, { nComponents });
    expectClose(fields.singularValues, singular_values, 1e-12);
    for (const [k, own] of components.entries()) expectClose(fields.components[k]!, own, 1e-8);
    expectClose(fields.explainedVariance, explained_variance, 1e-8);
    expectClose(fields.explainedVarianceRatio, ratios, 1e-8);
    const made = await model.transform({ ...dataOf(x), rows: all(3) }, context);
    expectClose(made.data, first.flat(), 1e-8);
  },
);

test('components are perpendicular and of length 1, their largest entry is positive, and rows are as long as the values say', async () => {
  const x = words();
  const { fields, ...model } = await decomposed(x, { nComponents: 20 });
  const { components, singularValues } = fields;
  components.forEach((a, i) => components.forEach((b, j) => expect(Math.abs(dot(a, b) - Number(i === j))).toBeLessThan(1e-12)));
  for (const own of components) expect(Math.max(...own)).toBe(Math.max(...own.map(Math.abs)));
  const { data, cols } = await model.transform(dataOf(x), context);
  for (let c = 0; c < cols; c++) {
    const column = all(240).reduce((sum, row) => sum + data[row * cols + c]! ** 2, 0);
    expect(Math.sqrt(column) / singularValues[c]!).toBeCloseTo(1, 10);
  }
  // Fewer components are the first of more.
  const few = await decomposed(x, { nComponents: 3 });
  for (const k of [0, 1, 2]) expectClose(few.fields.components[k]!, components[k]!, 1e-8);
});

test('bytes, their floats, dense and sparse rows are one; so is a scaling and what it makes', async () => {
  const random = new RandomState(3);
  const bytes = matrix(
    120,
    30,
    Uint8Array.from({ length: 120 * 30 }, () => (random.interval(3) === 0 ? random.interval(255) : 0)),
  );
  const { fields } = await decomposed(bytes, { nComponents: 4 });
  for (const x of [matrix(120, 30, Float32Array.from(bytes.data)), sparseOf(bytes), sparseOf(matrix(120, 30, Float64Array.from(bytes.data)))]) {
    expect((await decomposed(x, { nComponents: 4 })).fields).toEqual(fields);
  }
  const shift = Float64Array.from({ length: 30 }, (_, j) => 3 * j);
  const factor = Float64Array.from({ length: 30 }, (_, j) => 1 / (1 + j));
  const made = matrix(
    120,
    30,
    Float64Array.from(bytes.data, (value, at) => (value - shift[at % 30]!) * factor[at % 30]!),
  );
  const expected = await decomposed(made, { nComponents: 4 });
  for (const x of [bytes, sparseOf(bytes)]) {
    const scaled = await decomposed(x, { nComponents: 4 }, { scaling: { shift, factor } });
    expectClose(scaled.fields.singularValues, expected.fields.singularValues, 1e-12);
    expectClose(scaled.fields.explainedVarianceRatio, expected.fields.explainedVarianceRatio, 1e-10);
    scaled.fields.components.forEach((own, k) => expectClose(own, expected.fields.components[k]!, 1e-8));
    const said = await scaled.transform({ ...dataOf(x), rows: all(5) }, context);
    expectClose(said.data, (await expected.transform({ ...dataOf(made), rows: all(5) }, context)).data, 1e-8);
  }
});

test('values that are equal, many or none are all found', async () => {
  // A block for each of nine categories of equally many rows, ten smaller ones, and columns of nothing.
  const rows = 9 * 40 + 10 * 7;
  const x = csr(rows, 60, {
    indptr: Uint32Array.from({ length: rows + 1 }, (_, row) => row),
    indices: all(rows).map((row) => (row < 360 ? row % 9 : 9 + (row % 10))),
    data: new Float64Array(rows).fill(1),
  });
  const { singularValues, components } = (await decomposed(x, { nComponents: 25 })).fields;
  expectClose(
    singularValues,
    [...new Array<number>(9).fill(Math.sqrt(40)), ...new Array<number>(10).fill(Math.sqrt(7)), ...new Array<number>(6).fill(0)],
    1e-7,
  );
  components.forEach((a, i) => components.forEach((b, j) => expect(Math.abs(dot(a, b) - Number(i === j))).toBeLessThan(1e-12)));
  // Of twenty equal ones, more than are asked for and more than are looked at together.
  const many = csr(200, 50, {
    indptr: Uint32Array.from({ length: 201 }, (_, row) => row),
    indices: all(200).map((row) => (row < 180 ? row % 20 : 20 + (row % 20))),
    data: new Float64Array(200).fill(1),
  });
  for (const nComponents of [9, 15, 20])
    expectClose((await decomposed(many, { nComponents })).fields.singularValues, new Array<number>(nComponents).fill(3), 1e-9);
  // All that there is, and nothing beside it.
  const thin = matrix(
    90,
    120,
    Float64Array.from({ length: 90 * 120 }, (_, at) =>
      [1, 2, 3].reduce((sum, k) => sum + Math.sin((k + 1) * Math.floor(at / 120)) * Math.cos(k * (at % 120)), 0),
    ),
  );
  const events: RunEvent[] = [];
  const [{ model }] = (await truncatedSVD({ nComponents: 3 }).train(dataOf(thin), [{ name: 'fit' }], {}, stageContext(compute, events))) as never as [
    { readonly model: Awaited<ReturnType<typeof decomposed>> },
  ];
  expect(model.fields.explainedVarianceRatio.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
  expect(events).toEqual([]);
  // Values that fall slowly take more than one basis.
  const diagonal = Float64Array.from({ length: 400 }, (_, j) => Math.exp(-j / 60));
  let products = 0;
  const times = async ({ width, data }: Vectors): Promise<Vectors> => {
    products++;
    return { width, data: data.map((value, at) => value * diagonal[Math.floor(at / width)]!) };
  };
  const found = await largestOf(400, 5, times, 1000);
  expect(found.converged).toBe(true);
  expect(products).toBeGreaterThan(6);
  expectClose(found.values, diagonal.subarray(0, 5), 1e-12);
  expect((await largestOf(400, 5, times, 3)).converged).toBe(false);
});

test('after texts and hashes, before other estimators: scored, folded, kept', async () => {
  const random = new RandomState(1);
  const topics = [
    ['cat', 'dog', 'paw', 'tail', 'fur'],
    ['wheel', 'engine', 'road', 'brake', 'fuel'],
  ];
  const labels = Uint8Array.from({ length: 160 }, (_, row) => row % 2);
  const texts = Array.from(labels, (label) =>
    Array.from({ length: 7 }, () => (random.interval(4) === 0 ? topics[1 - label]! : topics[label]!)[random.interval(4)]!).join(' '),
  );
  const names = [...new Set(texts)];
  const x = {
    ...matrix(
      160,
      1,
      Float64Array.from(texts, (text) => names.indexOf(text)),
    ),
    categories: [names],
  };
  for (const made of [tfidf(), columns({ text: hashing({ nFeatures: 64 }) })]) {
    const run = pipeline(
      'texts',
      fetch({ name: 'texts', load: async () => ({ name: 'texts', role: 'all' as const, x, columns: ['text'], labels, rows: all(160) }) }),
      split({ train: [0, 120], test: [120, 160] }),
      fit(chain(made as ReturnType<typeof tfidf>, truncatedSVD({ nComponents: 3 }), logisticRegression())),
      score({ on: 'test' }),
      crossValidate({ folds: 3 }),
    );
    const { status, error, outputs, values } = await runPipeline(run, { values: ['model'] });
    expect({ status, error }).toEqual({ status: 'ok', error: undefined });
    if (made.name === 'tfidf') expect(outputs['score']!['testAccuracy']).toBeGreaterThan(0.9);
    const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
    const asked = { name: 'texts', x, columns: ['text'], rows: all(5) };
    expect(await again.model.predictProba!(asked as never, context)).toEqual(await values.model!.predictProba!(asked as never, context));
  }
});

test('what cannot be is refused by name', async () => {
  expect(() => truncatedSVD({ nComponents: 0 })).toThrow('nComponents');
  const iris = rawSet('iris');
  await expect(fitted(truncatedSVD({ nComponents: 5 }), iris, compute)).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: 'truncatedSVD: nComponents is 5; 150 rows of 4 columns have 4 components at most.',
  });
  await expect(decomposed(matrix(5, 3, new Float64Array(15).fill(2)), {})).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining('no column'),
  });
});
