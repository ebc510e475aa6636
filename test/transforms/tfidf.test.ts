// tfidf against scikit-learn 1.9 (fixtures/transforms.json), and by what must hold of any texts.
import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/transforms.json' with { type: 'json' };
import { chain, columns, impute, multinomialNB, standardize, tfidf, type TfidfOptions } from '../../src/api.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { takeRows } from '../../src/core/data/features.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import type { Classifier, Predictor, Transformer } from '../../src/dsl/estimator.ts';
import { modelFromBytes, modelToBytes } from '../../src/models/modelFile.ts';
import { predict } from '../../src/stages/predict.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { expectNear, fitted } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = new ReferenceCompute();
const context = stageContext(compute);

/** Rows of a text and of the number of its row. */
function rowsOf(texts: readonly string[], more: object = {}): Dataset<'train', Matrix, 'none'> {
  const names = [...new Set(texts)].sort();
  const x = { ...matrix(texts.length, 2, Float64Array.from(texts.flatMap((text, row) => [names.indexOf(text), row]))), categories: [names, null] };
  return { name: 'notes', role: 'train', x, rows: Uint32Array.from(texts.keys()), columns: ['title', 'size'], ...more };
}

/** Of the texts alone. */
function textsOf(texts: readonly string[], more: object = {}): Dataset<'train', Matrix, 'none'> {
  const both = rowsOf(texts, more);
  const x = {
    ...matrix(
      texts.length,
      1,
      Float64Array.from(texts.keys(), (row) => both.x.data[2 * row]!),
    ),
    categories: [both.x.categories![0]!],
  };
  return { ...both, x, columns: ['title'] };
}

const learn = (options: TfidfOptions, rows: object): Promise<Transformer> => fitted<Transformer>(tfidf(options) as never, rows, compute);
const TITLES = ['gpu sorts rows', 'cpu reads rows', 'gpu reads', 'the cpu', 'gpu gpu cpu', 'rows of rows'];

test.each(fixture.tfidf.rows.map((row) => [JSON.stringify(row.options), row] as const))('scikit-learn: %s', async (_, { options, terms, out }) => {
  const all = textsOf(fixture.tfidf.texts);
  const model = await learn(options as never, { ...all, rows: all.rows.subarray(0, -1) });
  expect(model.outputColumns).toEqual(terms.map((term) => `title_${term}`));
  expectNear((await model.transform(all, context)).data, out.flat(), 1e-14);
});

describe('of any texts', () => {
  test('without zeros and with them, in another order, with other codes, loaded from a file: the same', async () => {
    const rows = textsOf(TITLES);
    const model = await learn({}, rows);
    const made = await model.transform(rows, context);
    expect((await takeRows(await model.sparse!(rows, context), rows.rows)).data).toEqual(made.data);
    const turned = await learn({}, { ...rows, rows: rows.rows.toReversed() });
    expect((await turned.transform(rows, context)).data).toEqual(made.data);
    const bytes = await modelToBytes(model);
    const loaded = (await modelFromBytes<Transformer>('titles', bytes)).model;
    const others = textsOf(['unknown words', ...TITLES.toReversed()]);
    const said = await loaded.transform(others, context);
    expect(said.data.subarray(0, said.cols).every((weight) => weight === 0)).toBe(true);
    expect(said.data.subarray(said.cols)).toEqual(
      Float64Array.from(TITLES.toReversed().flatMap((_, i) => [...made.data.subarray((5 - i) * made.cols, (6 - i) * made.cols)])),
    );
    // What it has learned is words; the texts stay where they were.
    const secret = await modelToBytes(await learn({ minDf: 2 }, textsOf([...TITLES, 'rows of nobody'])));
    expect(Buffer.from(secret).includes('nobody')).toBe(false);
  });

  test('a row with a text twice weighs as one with it once; a text of no known words is zeros', async () => {
    const model = await learn({}, textsOf(TITLES));
    const said = await model.transform(textsOf(['gpu rows', 'gpu rows gpu rows', '']), context);
    expectNear(said.data.subarray(0, said.cols), said.data.subarray(said.cols, 2 * said.cols), 1e-15);
    expect(said.data.subarray(2 * said.cols).every((weight) => weight === 0)).toBe(true);
  });

  test('in a group beside numbers, with names; a fold knows the words of its training rows alone', async () => {
    const rows = rowsOf(TITLES, { labels: Uint8Array.of(0, 1, 0, 1, 0, 1) });
    const beside = columns({ title: tfidf(), size: impute() });
    const model = await fitted<Transformer>(beside as never, rows, compute);
    expect(model.outputColumns).toEqual(['title_cpu', 'title_gpu', 'title_of', 'title_reads', 'title_rows', 'title_sorts', 'title_the', 'size']);
    const dense = await model.transform(rows, context);
    expect(model.sparse).toBeUndefined();
    expect(Array.from(rows.rows, (row) => dense.data[row * 8 + 7])).toEqual([0, 1, 2, 3, 4, 5]);
    const estimator = chain(columns({ title: tfidf() }), multinomialNB());
    const fold = Uint8Array.of(1, 1, 1, 0, 1, 1);
    const [one] = await estimator.train(rows as never, [{ name: 'fold 1', heldOut: 0 }], { folds: { fold, count: 2 } }, context);
    expect((one!.model as Predictor).model!.columns).not.toContain('title_the');
  });

  test('many words stay without their zeros, through a group beside numbers to the estimator', async () => {
    const long = Array.from({ length: 12 }, (_, i) => Array.from({ length: 10 }, (_, j) => `word${i * 7 + j}`).join(' '));
    const rows = rowsOf(long, { labels: Uint8Array.from(long, (_, i) => i % 2) });
    const model = await fitted<Transformer>(columns({ title: tfidf(), size: impute() }) as never, rows, compute);
    const [dense, sparse] = [await model.transform(rows, context), await model.sparse!(rows, context)];
    expect((await takeRows(sparse, rows.rows)).data).toEqual(dense.data);
    expect(sparse.values).toHaveLength(12 * 10 + 11);
    // Beside many numbers there would be more to hold.
    const wide = matrix(
      12,
      31,
      Float64Array.from({ length: 12 * 31 }, (_, at) => (at % 31 === 0 ? rows.x.data[(at / 31) * 2]! : 1)),
    );
    const numbers = { ...rows, x: { ...wide, categories: [rows.x.categories![0]!, ...Array.from({ length: 30 }, () => null)] }, columns: undefined };
    expect((await fitted<Transformer>(columns({ categories: tfidf() }) as never, numbers, compute)).sparse).toBeUndefined();
    const chained = await fitted<Predictor & { readonly transformers: readonly Transformer[] }>(
      chain(columns({ title: tfidf() }), multinomialNB()) as never,
      rows,
      compute,
    );
    const [loaded] = (await modelFromBytes<typeof chained>('titles', await modelToBytes(chained))).model.transformers;
    expect((await loaded!.sparse!(rows, context)).values).toEqual((await chained.transformers[0]!.sparse!(rows, context)).values);
  });

  test('a column that is passed on by name keeps its names, beside texts', async () => {
    const rows = rowsOf(TITLES);
    const twice = { ...rows, x: { ...rows.x, categories: [rows.x.categories![0]!, ['a', 'b', 'c', 'd', 'e', 'f']] } };
    const model = await fitted<Transformer>(columns({ title: tfidf() }) as never, twice, compute);
    expect([model.sparse, model.categories]).toEqual([undefined, [[], ['a', 'b', 'c', 'd', 'e', 'f']]]);
    expect((await model.transform(twice as never, context)).categories!.at(-1)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('one row with a text that no training row has is read as a text', async () => {
    const rows = textsOf(TITLES, { labels: Uint8Array.of(0, 1, 0, 1, 0, 1) });
    const model = await fitted<Classifier>(chain(tfidf(), multinomialNB()) as never, rows, compute);
    const data = textsOf(['the cpu of rows', 'gpu sorts gpu', 'zero']);
    const stage = predict({ row: 1 }).spec.run({ data, model } as never, context) as Promise<{ readonly adds: { readonly prediction: object } }>;
    const said = await model.evaluate({ ...data, labels: Uint8Array.of(1, 0, 0) } as never, 'decisions', context);
    expect((await stage).adds.prediction).toMatchObject({ prediction: 0, probability: said.probabilities![3] });
    await expect(model.predictRow(Float64Array.of(0), context)).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('code 0 in column 0 (title); there is no name for it'),
    });
  });

  test.each([
    [rowsOf(TITLES), {}, /tfidf takes texts; column 1 \(size\) of notes holds numbers/, /columns\(\{ title: tfidf\(\) \}\)/],
    [textsOf(['a', 'b', '']), {}, /column 0 \(title\) of notes has no words/, /oneHot/],
    [textsOf(TITLES), { minDf: 6 }, /has no term in as many rows as asked for/, /Lower minDf/],
    [{ ...textsOf(TITLES), x: { ...textsOf(TITLES).x, data: new Float64Array(6).fill(NaN) } }, {}, /holds NaN in column 0 \(title\)/, /impute\(\)/],
  ])('what it refuses, %#', async (rows, options, message, hint) => {
    await expect(learn(options, rows)).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringMatching(message), hint: expect.stringMatching(hint) });
  });
});

test('numbers that come after texts are scaled beside them', async () => {
  const rows = rowsOf(TITLES);
  const model = await fitted<Transformer>(columns({ title: tfidf(), numbers: standardize() }) as never, rows, compute);
  const { data, cols } = await model.transform(rows, context);
  expect(Array.from(rows.rows, (row) => data[row * cols + cols - 1]!).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
});
