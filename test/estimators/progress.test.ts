// What estimators and searches tell of their work while it is under way: in units of their own, forward, and to the end.
import { expect, test } from 'vitest';
import { matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { shareOf } from '../../src/core/progress.ts';
import type { Estimator, Predictor } from '../../src/dsl/estimator.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { progressTo } from '../../src/dsl/stage/progress.ts';
import * as all from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { everySecond, smallSet, stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const iris = smallSet('iris');
const { labels, ...rest } = iris;
const values = { ...rest, values: matrix(150, 1, Float64Array.from(labels)) };
const indicators = {
  ...rest,
  indicators: matrix(
    150,
    2,
    Uint8Array.from({ length: 300 }, (_, i) => Number(i % 3 === 0)),
  ),
};
const digits = smallSet('digits');

type Told = Extract<RunEvent, { type: 'progress' }>;

/** All that is told of some work, in turn, and whether it goes forward. */
async function toldOf(work: (context: StageContext) => Promise<unknown>): Promise<readonly Told[]> {
  const told: Told[] = [];
  let now = 0;
  const context = stageContext(compute);
  const emit = (event: RunEvent): void => void told.push(event as Told);
  await work({ ...context, progress: progressTo(emit, 'test', () => (now += 1000)) });
  let before: Told | undefined;
  for (const one of told) {
    if (before?.unit === one.unit && before.done !== before.total) {
      expect(shareOf([one, ...(one.within ?? [])])).toBeGreaterThanOrEqual(shareOf([before, ...(before.within ?? [])]));
      expect(one.done).toBeGreaterThanOrEqual(before.done);
    }
    before = one;
  }
  return told;
}

const unitsOf = ({ unit, within = [] }: Told): string => [unit, ...within.map((inner) => inner.unit)].join(' ');
const endOf = ({ done, total, unit }: Told): string => `${done}/${total} ${unit}`;

/** What an estimator tells, by its units, and what it ends with. */
const FAMILIES: readonly [name: string, options: object, units: readonly string[], end: string, rows?: object][] = [
  ['randomForestClassifier', { nEstimators: 20 }, ['trees'], '20/20 trees'],
  ['extraTreesRegressor', { nEstimators: 20 }, ['trees'], '20/20 trees', values],
  ['histGradientBoostingClassifier', { maxIter: 7 }, ['rounds'], '7/7 rounds'],
  ['histGradientBoostingRegressor', { maxIter: 50, earlyStopping: true, nIterNoChange: 3, tol: 10 }, ['rounds'], '3/3 rounds', values],
  ['sgdClassifier', { maxIter: 9, tol: null }, ['epochs'], '27/27 epochs'],
  ['sgdRegressor', { maxIter: 9, tol: null }, ['epochs'], '9/9 epochs', values],
  ['mlpClassifier', { hiddenLayerSizes: [4], maxIter: 3 }, ['epochs rows', 'epochs'], '3/3 epochs'],
  ['convolutionalClassifier', { filters: [2], maxIter: 2, height: 8 }, ['epochs rows', 'epochs'], '2/2 epochs', everySecond(digits, 0)],
  ['svc', {}, ['pairs iterations', 'pairs'], '3/3 pairs'],
  ['svr', {}, ['iterations'], '', values],
  ['oneClassSVM', {}, ['iterations'], ''],
  ['linearSVC', { loss: 'hinge' }, ['models passes', 'models'], '3/3 models'],
  ['linearSVR', { loss: 'epsilonInsensitive' }, ['passes'], '', values],
  ['kMeans', { nClusters: 3, nInit: 4 }, ['restarts iterations', 'restarts'], '4/4 restarts'],
  ['kMeans', { nClusters: 3, nInit: 1 }, ['iterations'], ''],
  ['miniBatchKMeans', { nClusters: 3, batchSize: 30 }, ['batches'], ''],
  ['adaBoostClassifier', [{}, { nEstimators: 4 }], ['rounds', 'rounds rows'], '4/4 rounds'],
  ['baggingClassifier', [{}, { nEstimators: 4 }], ['bags'], '4/4 bags'],
  ['classifierChain', [{}], ['labels'], '2/2 labels', indicators],
  ['oneVsOneClassifier', [{}], ['pairs'], '3/3 pairs'],
  ['oneVsRest', [{}], ['classes'], '3/3 classes'],
  ['votingClassifier', [{}], ['estimators'], '2/2 estimators'],
];

function made(name: string, options: object): Estimator<Predictor, never> {
  const make = (all as unknown as Record<string, (...given: unknown[]) => Estimator<Predictor, never>>)[name]!;
  if (!Array.isArray(options)) return make(options);
  const member = all.decisionTreeClassifier({ maxDepth: 1 });
  return name === 'votingClassifier' ? make({ a: member, b: all.gaussianNB() }) : make(member, ...options.slice(1));
}

test.each(FAMILIES)('%s %o', { timeout: 60_000 }, async (name, options, units, end, rows = iris) => {
  const told = await toldOf((context) => made(name, options).train(rows as never, [{ name: 'fit' }], {}, context));
  expect([...new Set(told.map(unitsOf))]).toEqual(units);
  const last = told.at(-1)!;
  expect(last.done).toBe(last.total);
  expect(last.done).toBeGreaterThan(1);
  if (end !== '') expect(endOf(last)).toBe(end);
});

test('rows that models with much to look at say something of', { timeout: 60_000 }, async () => {
  const estimators = [all.kNeighborsClassifier(), all.svc(), all.randomForestClassifier({ nEstimators: 5 }), all.mlpClassifier({ maxIter: 1 })];
  for (const estimator of estimators as readonly Estimator<Predictor, never>[]) {
    const [trained] = await estimator.train(digits, [{ name: 'fit' }], {}, stageContext(compute));
    const told = await toldOf((context) => trained!.model.evaluate(digits, 'counts', context));
    expect(endOf(told.at(-1)!), estimator.name).toBe('1797/1797 rows');
  }
});

test('points, folds and models, and their work within them', { timeout: 60_000 }, async () => {
  const train = iris;
  const tree = all.randomForestClassifier({ nEstimators: 10 });
  const stages = [
    [all.crossValidate(tree, { folds: 3 }), ['folds trees', 'folds rows', 'folds'], ['3/3 folds']],
    [all.gridSearch(tree, { maxDepth: [1, 2] }, { folds: 3 }), ['points folds trees', 'points folds rows', 'points folds', 'points', 'trees'], ['2/2 points', '10/10 trees']], // oxfmt-ignore
    [all.gridSearch(all.svc(), { C: [1, 10] }, { folds: 3 }), ['pairs iterations', 'pairs', 'points folds', 'points'], ['18/18 pairs', '2/2 points', '3/3 pairs']], // oxfmt-ignore
  ] as const;
  for (const [stage, units, ends] of stages) {
    const told = await toldOf((context) => Promise.resolve(stage.spec.run({ train } as never, context)));
    expect([...new Set(told.map(unitsOf))].toSorted()).toEqual([...units].toSorted());
    expect(told.filter(({ done, total, within }) => done === total && !within).map(endOf)).toEqual(ends);
  }
});
