// What runs tell of trees, clusters and classes beside scores, against scikit-learn 1.9 (fixtures/evidence.json) and by counting.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/evidence.json' with { type: 'json' };
import {
  adaBoostClassifier,
  breastCancer,
  chain,
  crossValidate,
  diabetes,
  digits,
  fetch,
  fit,
  gaussianNB,
  gridSearch,
  histGradientBoostingClassifier,
  histGradientBoostingRegressor,
  iris,
  kMeans,
  penguins,
  permutationImportance,
  pipeline,
  randomForestClassifier,
  score,
  split,
  stage,
  standardize,
  columns,
  impute,
  oneHot,
  type Classifier,
  type Split,
} from '../../src/api.ts';
import type { Dataset, Values } from '../../src/core/data/dataset.ts';
import type { FileStore } from '../../src/core/files.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { silhouettes } from '../../src/metrics/silhouette.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { sendImportances } from '../../src/stages/shared/importances.ts';
import { testCompute } from '../support/compute.ts';
import { fitted } from '../support/figures.ts';
import { runSmall } from '../support/smallData.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const loaded = async (source: { load(files: FileStore, context: object): Promise<object> }): Promise<Dataset<'train', Matrix> & Partial<Values>> => ({
  ...((await source.load({} as FileStore, {})) as Dataset<'train', Matrix>),
  role: 'train',
});
const SETS = { iris: await loaded(iris()), breastCancer: await loaded(breastCancer()), diabetes: await loaded(diabetes()) };

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
const of = <T extends RunEvent['type']>(events: readonly RunEvent[], type: T): readonly Of<T>[] =>
  events.filter((event): event is Of<T> => event.type === type);

async function importancesOf(estimator: object, data: (typeof SETS)['iris']): Promise<readonly number[]> {
  const events: RunEvent[] = [];
  sendImportances(await fitted(estimator as never, data as never, compute), data, stageContext(compute, events));
  const [{ features, largest } = { features: 0, largest: [] }] = of(events, 'importances');
  const found = new Array<number>(features).fill(0);
  for (const { feature, name, importance } of largest) {
    found[feature] = importance;
    expect(name).toBe(data.columns![feature]);
  }
  return found;
}

describe('importances', () => {
  test.each(figures.boosted.map((row) => [`${row.data} ${JSON.stringify(row.options)}`, row] as const))('of boosted trees: %s', async (_, row) => {
    const { max_iter: maxIter, max_depth: maxDepth, max_leaf_nodes: maxLeafNodes } = row.options as Readonly<Record<string, number>>;
    const options = { maxIter, ...(maxDepth ? { maxDepth } : {}), ...(maxLeafNodes ? { maxLeafNodes } : {}), earlyStopping: false };
    const estimator = row.data === 'diabetes' ? histGradientBoostingRegressor(options as never) : histGradientBoostingClassifier(options as never);
    const found = await importancesOf(estimator, SETS[row.data as 'iris']);
    // The largest are told; float32 gradients add up in another order.
    const told = row.importances.toSorted((a, b) => b - a).slice(0, 20);
    found.filter((one) => one > 0).toSorted((a, b) => b - a).forEach((one, i) => expect(one).toBeCloseTo(told[i]!, 4)); // prettier-ignore
    found.forEach((one, j) => one > 0 && expect(one).toBeCloseTo(row.importances[j]!, 4));
  });

  test.each(figures.ada)('of AdaBoost: of its trees, as they count', ({ weights, each, importances }) => {
    const models = each.map((own) => ({ fields: { featureImportances: Float64Array.from(own) } }));
    const events: RunEvent[] = [];
    const model = { summary: {}, fields: { models, estimatorWeights: Float64Array.from(weights) } } as never;
    sendImportances(model, SETS.iris, stageContext(compute, events));
    for (const { feature, importance } of of(events, 'importances')[0]!.largest) expect(importance).toBeCloseTo(importances[feature]!, 12);
  });

  test('of AdaBoost as it is fitted, there are some', async () => {
    expect((await importancesOf(adaBoostClassifier(), SETS.iris)).reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
  });

  test('of a forest behind transformers they have the names of what those make; of pixels they are a picture; of others none', async () => {
    const made = chain(
      columns({ numbers: [impute()], categories: [impute({ strategy: 'mostFrequent' }), oneHot()] }),
      randomForestClassifier({ nEstimators: 5, seed: 1 }),
    );
    const held = split({ test: 0.25, seed: 1, stratify: true });
    const table = await runSmall(pipeline('birds', fetch(penguins()), held, fit(made)), () => openNodeCompute());
    expect(table.error).toBeUndefined();
    const [birds] = of(table.events, 'importances');

    expect(birds!.largest.map(({ name }) => name)).toEqual(expect.arrayContaining(['bill_length', 'island_Torgersen']));
    expect(birds!.largest.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 9);
    const pixels = await runSmall(pipeline('digits', fetch(digits()), held, fit(randomForestClassifier({ nEstimators: 5, seed: 1 }))), () => openNodeCompute());
    expect(of(pixels.events, 'importances')).toEqual([]);
    const picture = of(pixels.events, 'picture').find(({ of: what }) => what === 'figure')!.picture;
    expect(picture).toMatchObject({ kind: 'ink', width: 8, height: 8, caption: expect.stringMatching(/^importance of each pixel, largest 0\.0/) });
    // Corners of digits are empty.
    expect(picture.pixels[0]).toBe(0);
    expect(Math.max(...picture.pixels)).toBe(255);
    const other = await runSmall(pipeline('other', fetch(iris()), held, fit(gaussianNB())), () => openNodeCompute());
    expect(of(other.events, 'importances')).toEqual([]);
  });

  test('of columns that are mixed up, where a stage asks for them', async () => {
    const needed = stage({
      id: 'needed',
      needs: ['test', 'model'],
      provides: [],
      run: async ({ test: rows, model }: Pick<Split, 'test'> & { readonly model: Classifier }, context) => (
        await permutationImportance(model, rows, {}, context),
        {}
      ),
    });
    const made = pipeline('needed', fetch(iris()), split({ test: 0.25, seed: 1, stratify: true }), fit(gaussianNB()), needed);
    const { events, error } = await runSmall(made, () => openNodeCompute());
    expect(error).toBeUndefined();
    const [found] = of(events, 'importances');
    expect(found).toMatchObject({ stage: 'needed', scoring: 'accuracy', features: 4 });
    expect(found!.largest[0]).toMatchObject({
      name: expect.stringMatching(/^petal/),
      importance: expect.toSatisfy((one) => one > 0.02),
      spread: expect.toSatisfy((one) => one > 0),
    });
  });
});

describe('silhouettes', () => {
  test.each(figures.silhouettes.map((row) => [row.data, row] as const))('scikit-learn: %s', (_, { data, rows, codes, values }) => {
    const x = rows ? Float64Array.from(rows.flat()) : Float64Array.from(SETS[data as 'iris'].x.data);
    silhouettes(x, x.length / codes.length, codes).forEach((one, row) => expect(one).toBeCloseTo(values[row]!, 12));
  });

  test('of one cluster, and of equal rows, are 0', () => {
    expect([...silhouettes(Float64Array.of(1, 2, 3), 1, [0, 0, 0])]).toEqual([0, 0, 0]);
    expect([...silhouettes(Float64Array.of(1, 1, 1, 1), 1, [0, 0, 1, 1])]).toEqual([0, 0, 0, 0]);
  });

  test('are told of the rows that are scored, in the scale that the clusters are of', async () => {
    const told = async (made: Parameters<typeof runSmall>[0]): Promise<Of<'silhouette'>> => {
      const { events, error } = await runSmall(made, () => openNodeCompute());
      expect(error).toBeUndefined();
      return of(events, 'silhouette')[0]!;
    };
    const [held, clusters] = [split({ test: 0.25, seed: 1 }), kMeans({ nClusters: 3, seed: 1 })] as const;
    const apart = await told(pipeline('a', fetch(iris()), held, standardize(), fit(clusters), score({ on: 'test' })));
    const chained = await told(pipeline('b', fetch(iris()), held, fit(chain(standardize(), clusters)), score({ on: 'test' })));
    const raw = await told(pipeline('c', fetch(iris()), held, fit(clusters), score({ on: 'test' })));
    expect(apart).toMatchObject({ stage: 'score', rows: 38, told: 38 });
    expect(chained.mean).toBeCloseTo(apart.mean, 6);
    expect(raw.mean - apart.mean).toBeGreaterThan(0.05);
    expect(apart.clusters.reduce((sum, { told: own, mean }) => sum + own * mean, 0) / 38).toBeCloseTo(apart.mean, 12);
    for (const { values } of apart.clusters) expect(values).toEqual(values.toSorted((a, b) => b - a));
  });
});

test('rows of each class are counted in the parts of a split and in the folds; those of folds within folds are not', async () => {
  const made = pipeline(
    'parts',
    fetch(iris()),
    split({ test: 0.2, validation: 0.2, seed: 3 }),
    fit(gaussianNB()),
    crossValidate({ folds: 4 }),
    crossValidate(gridSearch(gaussianNB(), { varSmoothing: [1e-9, 1e-3] }, { folds: 3 }), { folds: 2 }),
  );
  const { events, error } = await runSmall(made, () => openNodeCompute());
  expect(error).toBeUndefined();
  const found = of(events, 'balance');
  expect(found.map(({ stage: path, parts }) => [path, ...parts.map(({ name }) => name)])).toEqual([
    ['split', 'train', 'validation', 'test'],
    ['fit', 'fold 1', 'fold 2', 'fold 3', 'fold 4'],
    [expect.stringMatching(/^cross-validate/), 'fold 1', 'fold 2'],
  ]);
  expect(found[0]!.names).toEqual(['setosa', 'versicolor', 'virginica']);
  const sums = (one: Of<'balance'>): readonly number[] => one.names.map((_, k) => one.parts.reduce((sum, { counts }) => sum + counts[k]!, 0));
  expect(sums(found[0]!)).toEqual([50, 50, 50]);
  expect(sums(found[1]!)).toEqual(found[0]!.parts[0]!.counts);
  for (const { parts } of found) for (const { rows, counts } of parts) expect(counts.reduce((a, b) => a + b, 0)).toBe(rows);
  // A regressor has no classes to count.
  const values = await runSmall(pipeline('values', fetch(diabetes()), split({ test: 0.2, seed: 3 })));
  expect(of(values.events, 'balance')).toEqual([]);
});
