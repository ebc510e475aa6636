import { expect, test } from 'vitest';
import type { DatasetSource } from '../../src/datasets/source.ts';
import { branch, fanOut } from '../../src/dsl/graph/compose.ts';
import type { Facts } from '../../src/dsl/graph/facts.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import { pipeline, pipelineOf, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Fetched, Split } from '../../src/dsl/stage/state.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { binarize } from '../../src/stages/binarize.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { predict } from '../../src/stages/predict.ts';
import { score } from '../../src/stages/score.ts';
import { show } from '../../src/stages/show.ts';
import { shuffle } from '../../src/stages/shuffle.ts';
import { split } from '../../src/stages/split/split.ts';
import { runSmall, smallSource } from '../support/smallData.ts';

const HERE = import.meta.filename;
const facts = { rows: 100, cols: 4, dtype: 'u8', classes: [0, 1, 2] } as const;
const source: DatasetSource = { ...smallSource(), facts };
const ranges = { train: [0, 80], test: [80, 100] } satisfies Parameters<typeof split>[0];

/** What each stage provides, by path. */
function factsOf({ graph }: Pipeline): Readonly<Record<string, Facts>> {
  const { facts: found, problems } = inferGraph(graph);
  expect(problems).toEqual([]);
  return Object.fromEntries([...found].map(([{ path }, provided]) => [path, provided]));
}

const problemsOf = ({ graph }: Pipeline): readonly { readonly code: string; readonly message: string }[] => inferGraph(graph).problems;

test('shapes, roles and classes pass through the stages', () => {
  const found = factsOf(
    pipeline('walk', fetch(source), split(ranges), shuffle({ seed: 1 }), binarize({ positive: 2 }), fit(logisticRegression()), crossValidate({ folds: 3 })),
  );
  expect(found['fetch']!['data']).toEqual({ type: 'dataset', name: 'small', role: 'all', ...facts, fetched: 100 });
  expect(found['shuffle']!['train']).toEqual({ type: 'dataset', name: 'small', role: 'train', ...facts, fetched: 100, rows: 80 });
  expect(found['binarize']!['test']).toMatchObject({ role: 'test', rows: 20, classes: [0, 1] });
  // One model and its three folds, 512 rows in whole tiles, four bytes each, and a spare column.
  expect(found['fit']!['model']).toMatchObject({ estimator: 'logisticRegression', cols: 4, classes: [0, 1], models: 4, buffers: { margins: 512 * 4 * 5 } });
  expect(found['cross-validate']).toEqual({ crossValidation: { type: 'value', name: 'crossValidation' } });
});

test('branches and fan-outs become groups that a join sees; each row is looked at', () => {
  let seen: Facts | undefined;
  const join = stage({
    id: 'join',
    needs: ['a', 'b', 'seeds'],
    provides: ['joined'],
    run: (_: { a: unknown; b: unknown; seeds: unknown }) => ({ joined: 1 }),
    infer: (given) => ((seen = given), {}),
  });
  const found = factsOf(
    pipeline(
      'branches',
      fetch(source),
      split(ranges),
      branch({ a: [fit(logisticRegression())], b: [binarize({ positive: 1 }), fit(logisticRegression())] }),
      fanOut('seeds', [1, 2], (seed) => [shuffle({ seed })]),
      join,
    ),
  );
  expect(Object.keys(found)).toEqual(['fetch', 'split', 'a/fit', 'b/binarize', 'b/fit', 'seeds/=1/shuffle', 'seeds/=2/shuffle', 'join']);
  expect(seen!['a']).toMatchObject({ type: 'group', facts: { model: { classes: [0, 1, 2] } } });
  expect(seen!['b']).toMatchObject({ type: 'group', facts: { model: { classes: [0, 1] }, train: { classes: [0, 1] } } });
  expect(seen!['seeds']).toMatchObject({ type: 'group', facts: { 0: { facts: { train: { rows: 80 } } }, 1: { facts: { train: { rows: 80 } } } } });
});

test('every mistake is collected, at its stage, and one does not cause others', () => {
  const line = Number(/:(\d+):\d+\)?$/m.exec(new Error().stack!.split('\n')[1]!)![1]);
  const wrong = pipeline(
    'wrong',
    fetch(source),
    show({ row: 100 }), // line + 4
    split({ train: [0, 80], test: [70, 101] }), // line + 5
    binarize({ positive: 3 }), // of rows of which nothing is known
    branch({ a: [show({ row: 0 }), show({ row: 200 })], b: [fit(logisticRegression()), predict({ row: 300 })] }), // line + 7
  );
  const { problems } = inferGraph(wrong.graph);
  expect(problems.map(({ code, stage, at }) => [code, stage, at!.file, at!.line - line])).toEqual([
    ['E_SHAPE', 'show', HERE, 4],
    ['E_SHAPE', 'split', HERE, 5],
    ['E_SHAPE', 'a/show-2', HERE, 7],
    ['E_SHAPE', 'b/predict', HERE, 7],
  ]);
});

test('what is known of estimators, grids and folds is checked', () => {
  const one: DatasetSource = { ...source, facts: { ...facts, classes: [4] } };
  const start = [fetch(source), split(ranges)] as const;
  expect(problemsOf(pipeline('p', fetch(one), split(ranges), fit(logisticRegression())))).toMatchObject([
    { code: 'E_CLASS', message: 'logisticRegression needs at least two classes; all 80 training rows of small have label 4.' },
  ]);
  expect(problemsOf(pipeline('p', fetch(one), split(ranges), binarize({ positive: 4 })))).toMatchObject([{ code: 'E_CLASS' }]);
  expect(problemsOf(pipeline('p', ...start, gridSearch(logisticRegression(), { C: [1] }, { folds: 81 })))).toMatchObject([{ code: 'E_PARAMS' }]);
  expect(problemsOf(pipeline('p', ...start, fit(logisticRegression()), crossValidate({ folds: 81 })))).toMatchObject([{ stage: 'cross-validate' }]);
  const models = (warmStart: boolean): unknown =>
    factsOf(pipeline('p', ...start, gridSearch(oneVsRest(logisticRegression()), { C: [1, 2] }, { folds: 4, warmStart })))['grid-search']!['model'];
  expect(models(false)).toMatchObject({ models: 2 * 4 * 3, buffers: expect.anything() });
  expect(models(true)).toMatchObject({ models: 4 * 3 });
});

test('columns of a model and of what it is asked about must agree', () => {
  const wider = stage({
    id: 'wider',
    needs: ['data', 'test'],
    provides: ['data', 'test'],
    run: ({ data, test }: Fetched & Pick<Split, 'test'>) => ({ data, test }),
    infer: ({ data, test }) => ({ data: { ...data!, cols: 5 } as never, test: { ...test!, cols: 5 } as never }),
  });
  const problems = problemsOf(pipeline('p', fetch(source), split(ranges), fit(logisticRegression()), wider, predict({ row: 1 }), score({ on: 'test' })));
  expect(problems).toMatchObject([
    { code: 'E_SHAPE', stage: 'predict', message: 'small has 5 columns, the model was fitted on 4.' },
    { code: 'E_SHAPE', stage: 'score' },
  ]);
});

test('rows of another role than their key stands for are refused, and what infer throws has a place', () => {
  const leak = stage({
    id: 'leak',
    needs: ['test'],
    provides: ['train'],
    run: ({ test }: Pick<Split, 'test'>) => ({ train: test }),
    infer: ({ test }) => ({ train: test! }),
  });
  const throws = stage({
    id: 'throws',
    needs: ['data'],
    provides: [],
    run: (_: Fetched) => ({}),
    infer: () => {
      throw new TypeError('oh');
    },
  });
  const { problems } = inferGraph(pipelineOf('p', [fetch(source), split(ranges), leak, fit(logisticRegression()), throws]).graph);
  expect(problems).toMatchObject([
    { code: 'E_ORDER', stage: 'leak', message: "Stage 'leak' provides test rows as 'train'; train rows are needed there.", at: { file: HERE } },
    { code: 'E_STAGE', stage: 'throws', message: "Stage 'throws' threw: oh", at: { file: HERE } },
  ]);
});

test('without facts only what params alone tell is refused', () => {
  expect(
    problemsOf(pipeline('p', fetch(smallSource()), show({ row: 1e6 }), split({ train: [0, 5], test: [3, 1e6] }), binarize({ positive: 77 }))),
  ).toMatchObject([{ code: 'E_OVERLAP' }]);
  expect(problemsOf(pipeline('p', fetch(smallSource()), split({ train: [5, 5], test: [6, 7] })))).toMatchObject([
    { code: 'E_SHAPE', message: 'split: train [5, 5] is empty.' },
  ]);
});

test('a source that brings other rows than it said is refused', async () => {
  const { error } = await runSmall(pipeline('p', fetch(source)));
  expect(error).toMatchObject({ code: 'E_DATA', message: 'small says that its rows is 100, but 20 was loaded.' });
});
