// Names of columns, from the source to what a model refuses: rows of other columns are told by name, whatever fitted the model.
import { describe, expect, test } from 'vitest';
import {
  binarize,
  chain,
  fetch,
  fit,
  kMeans,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  nearestCentroid,
  oneVsRest,
  pca,
  pipeline,
  predict,
  ridge,
  ridgeClassifier,
  scale,
  score,
  shuffle,
  split,
  stage,
  standardize,
  type Dataset,
  type DatasetSource,
  type RunEvent,
  type Split,
} from '../../src/api.ts';
import type { Predictor } from '../../src/dsl/estimator.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { ReferenceCompute } from '../../src/testing.ts';
import { topColumns } from '../fixtures/own/topColumns.ts';
import { runSmall } from '../support/smallData.ts';
import { stageContext } from '../support/smallSets.ts';

const ROWS = 30;
const COLUMNS = ['age', 'height', 'weight'];
const context = stageContext(new ReferenceCompute());

const x = matrix(
  ROWS,
  3,
  Float64Array.from({ length: ROWS * 3 }, (_, at) => (Math.floor(at / 3) % 3) * (at % 3) + Math.sin(at * at)),
);
const people: Dataset<'all'> = {
  name: 'people',
  role: 'all',
  x,
  columns: COLUMNS,
  labels: Uint8Array.from({ length: ROWS }, (_, row) => row % 3),
  rows: Uint32Array.from({ length: ROWS }, (_, row) => row),
};
const ranges = { train: [0, 20], test: [20, ROWS] } satisfies Parameters<typeof split>[0];
const source = (more: object = {}): DatasetSource => ({ name: 'people', load: async () => ({ ...people, ...more }) });

test.each<[string, unknown, string]>([
  ['too few', ['age', 'height'], 'people: 2 names arrived as columns; 3, one for each column of x, are needed.'],
  ['not a list', 'age', 'people: a value of type String arrived as columns; a list of texts, one for each column of x, is needed.'],
  ['an empty one', ['age', ' ', 'weight'], 'people: " " for column 1 arrived as columns; a name is needed.'],
  ['a number', ['age', 2, 'weight'], 'people: 2 for column 1 arrived as columns; a name is needed.'],
  ['one name twice', ['age', 'height', 'age'], "people: 'age' for columns 0 and 2 arrived as columns; a name of its own for each is needed."],
])('fetch refuses %s', async (_, columns, message) => {
  const { error } = await runSmall(pipeline('wrong', fetch(source({ columns }))));
  expect(error).toMatchObject({ code: 'E_DATA', message, hint: expect.stringContaining('Correct columns in the source of people') });
});

test('stages keep the names, and facts of a source are held to them', async () => {
  const seen: Split[] = [];
  const peek = stage({ id: 'peek', needs: ['train', 'test'], provides: [], run: (state: Split) => (seen.push(state), {}) });
  const facts = { columns: COLUMNS };
  const made = pipeline(
    'kept',
    fetch({ ...source(), facts }),
    split(ranges),
    shuffle({ seed: 1 }),
    scale({ factor: 2 }),
    standardize(),
    binarize({ positive: 1 }),
    peek,
  );
  expect((await runSmall(made)).error).toBeUndefined();
  expect(seen[0]).toMatchObject({ train: { columns: COLUMNS }, test: { columns: COLUMNS } });
  expect(inferGraph(made.graph).facts.get(made.graph.nodes.at(-2)!)).toMatchObject({ train: { columns: COLUMNS, cols: 3 } });
  const { error } = await runSmall(pipeline('other', fetch({ ...source(), facts: { columns: ['age', 'weight', 'height'] } })));
  expect(error).toMatchObject({ message: 'people says that its columns is age,weight,height, but age,height,weight was loaded.' });
});

const { labels: _, ...unlabelled } = people;
const values = {
  ...unlabelled,
  values: matrix(
    ROWS,
    1,
    Float64Array.from({ length: ROWS }, (_, row) => row / 3),
  ),
};
const MODELS = [
  ['logisticRegression', logisticRegression(), people],
  ['oneVsRest', oneVsRest(logisticRegression()), people],
  ['ridgeClassifier', ridgeClassifier(), people],
  ['nearestCentroid', nearestCentroid(), people],
  ['kMeans', kMeans({ nClusters: 2 }), people],
  ['ridge', ridge(), values],
  ['a chain of scalings', chain(standardize(), logisticRegression()), people],
  ['a chain of new features', chain(standardize(), pca({ nComponents: 2 }), logisticRegression()), people],
  ['a chain of two transformers', chain(topColumns({ keep: 2 }), pca(), ridge()), values],
] as const;

/** With the columns picked: `from[j]` becomes column j. */
function withColumns(rows: Dataset, from: readonly number[], columns: readonly string[] | undefined): Dataset {
  const data = Float64Array.from({ length: ROWS * from.length }, (_, at) => x.data[Math.floor(at / from.length) * 3 + from[at % from.length]!]!);
  return { ...rows, x: matrix(ROWS, from.length, data), columns };
}

describe.each(MODELS)('%s', (_, estimator, rows) => {
  const train = { ...rows, role: 'train' } as Dataset<'train'>;
  const fitted = async (own: Dataset<'train'>): Promise<Predictor> => (await estimator.train(own as never, [{ name: 'fit' }], {}, context))[0]!.model;

  test('knows its columns by name, in a file too, and refuses others', async () => {
    const model = await fitted(train);
    expect(model.columns).toEqual(COLUMNS);
    const loaded = (await modelFromBytes<Predictor>('file', await modelToBytes(model))).model;
    expect(loaded.columns).toEqual(COLUMNS);
    const asked = async (other: Dataset): Promise<unknown> => loaded.evaluate(other, 'counts', context);
    expect(await asked(train)).toEqual(await model.evaluate(train, 'counts', context));
    await expect(asked(withColumns(train, [1, 0, 2], ['height', 'age', 'weight']))).rejects.toMatchObject({
      code: 'E_SHAPE',
      message: "The columns of people stand in another order: column 0 is 'height', and was 'age' in the fit.",
      hint: 'Give them as in the fit: age, height, weight.',
    });
    await expect(asked({ ...train, columns: ['age', 'heigth', 'weight'] })).rejects.toMatchObject({
      message: "people has no column 'height', which the model was fitted on.",
      hint: "Is it the column 'heigth' there? Name columns as they were named for the fit.",
    });
    await expect(asked(withColumns(train, [0, 1], ['age', 'height']))).rejects.toMatchObject({
      message: "people has no column 'weight', which the model was fitted on.",
      hint: 'Fit and predict on the same columns.',
    });
    await expect(asked(withColumns(train, [0, 1, 2, 0], [...COLUMNS, 'shoes']))).rejects.toMatchObject({
      message: "people has column 'shoes', which the model was not fitted on.",
      hint: 'Leave it out, or fit the model with it.',
    });
    await expect(asked(withColumns(train, [0, 1, 2, 0], undefined))).rejects.toMatchObject({ message: 'people has 4 columns, the model was fitted on 3.' });
  });

  test('is the same without names, and then knows none', async () => {
    const model = await fitted({ ...train, columns: undefined });
    expect(model.columns).toBeUndefined();
    expect(await model.evaluate(train, 'counts', context)).toEqual(await (await fitted(train)).evaluate(train, 'counts', context));
  });
});

test('what a transformer makes has names, by which the model behind it knows its columns', async () => {
  const train = { ...people, role: 'train' } as const;
  const trained = async (columns: readonly string[] | undefined) =>
    (await pca({ nComponents: 2 }).train({ ...train, columns }, [{ name: 'fit' }], {}, context))[0]!.model;
  expect((await trained(COLUMNS)).outputColumns).toEqual(['pca0', 'pca1']);
  expect(await trained(undefined)).toMatchObject({ outputColumns: ['pca0', 'pca1'] });
  const [{ model }] = (await chain(pca({ nComponents: 2 }), logisticRegression()).train(train, [{ name: 'fit' }], {}, context)) as unknown as [
    { model: Predictor & { readonly model: Predictor } },
  ];
  expect([model.columns, model.model.columns, model.coef]).toEqual([COLUMNS, ['pca0', 'pca1'], undefined]);
});

test('a model to start from was fitted on the same columns', async () => {
  const train = { ...people, role: 'train' } as const;
  const [{ model }] = (await logisticRegression().train(train, [{ name: 'fit' }], {}, context)) as [{ model: never }];
  const again = (columns: readonly string[]) =>
    logisticRegression({ warmStart: model, maxIter: 0 }).train({ ...train, columns }, [{ name: 'fit' }], {}, context);
  expect(await again(COLUMNS)).toHaveLength(1);
  await expect(again(COLUMNS.toReversed())).rejects.toThrow('The columns of people stand in another order');
});

test.each([
  ['ridgeClassifier', ridgeClassifier(), 3],
  ['logisticRegression', logisticRegression(), 3],
  ['oneVsRest', oneVsRest(logisticRegression()), 3],
] as const)('weights are told with the names of their columns: %s', async (_, estimator, classes) => {
  const events: RunEvent[] = [];
  const made = pipeline('told', fetch(source()), split(ranges), fit(estimator as ReturnType<typeof ridgeClassifier>));
  const { events: told, error } = await runSmall(made, openNodeCompute);
  expect(error).toBeUndefined();
  events.push(...told);
  const found = events.filter((event) => event.type === 'coefficients');
  expect(found).toHaveLength(classes);
  for (const { largest } of found) {
    expect(largest.map(({ name }) => name).toSorted()).toEqual(COLUMNS);
    for (const { name, feature } of largest) expect(name).toBe(COLUMNS[feature]);
  }
});

test('predict and score say which columns are wrong, and check says so before a run', async () => {
  const renamed = stage({
    id: 'renamed',
    needs: ['data', 'test'],
    provides: ['data', 'test'],
    run: ({ data, test }: { data: Dataset<'all'> } & Pick<Split, 'test'>) => {
      const columns = ['age', 'height', 'wait'];
      return { data: { ...data, columns }, test: { ...test, columns } };
    },
  });
  const message = "people has no column 'weight', which the model was fitted on.";
  for (const asks of [predict({ row: 1 }), score({ on: 'test' })]) {
    const { error } = await runSmall(
      pipeline('p', fetch(source()), split(ranges), fit(nearestCentroid()), renamed, asks as ReturnType<typeof predict>),
      openNodeCompute,
    );
    expect(error).toMatchObject({ code: 'E_SHAPE', message });
  }
  const known = stage({
    id: 'known',
    needs: ['test'],
    provides: ['test'],
    run: ({ test }: Pick<Split, 'test'>) => ({ test }),
    infer: ({ test }) => ({ test: { ...test!, columns: ['age', 'height', 'wait'] } as never }),
  });
  const made = pipeline('p', fetch({ ...source(), facts: { columns: COLUMNS } }), split(ranges), fit(nearestCentroid()), known, score({ on: 'test' }));
  expect(inferGraph(made.graph).problems).toMatchObject([{ code: 'E_SHAPE', stage: 'score', message }]);
});
