// Functions of a model and rows, where the model is that of a chain: its fields are those of the model that it ends in, which sees other
// rows than the chain is asked of.
import { expect, test } from 'vitest';
import {
  chain,
  histGradientBoostingClassifier,
  kNeighbors,
  kNeighborsClassifier,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  pairDecisions,
  partialDependence,
  pca,
  permutationImportance,
  stagedScores,
  standardize,
  svc,
} from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
/** As many features as there were: rows that go past the transformers are not refused by their shape. */
const turned = () => pca({ nComponents: 4 });

const CHAINS = {
  turned: (last: never) => chain(turned(), last),
  'scaled, then turned': (last: never) => chain(standardize(), turned(), last),
  'turned, then scaled': (last: never) => chain(turned(), standardize(), last),
  'turned in a chain of a chain': (last: never) => chain(standardize(), turned(), chain(turned(), last)),
  scaled: (last: never) => chain(standardize(), last),
} as const;

test.each(Object.keys(CHAINS))('rows %s: each is its own nearest, also of a model that was saved', async (name) => {
  const made = CHAINS[name as 'turned'](kNeighborsClassifier({ nNeighbors: 1 }) as never) as ReturnType<typeof kNeighborsClassifier>;
  const model = await fitted(made, iris, compute);
  const { model: loaded } = await modelFromBytes<typeof model>('model', await modelToBytes(model));
  for (const one of [model, loaded]) {
    const { indices, distances } = await kNeighbors(one, iris, context);
    // One row of iris is there twice: the first is the nearest of both.
    expect([...indices].filter((at, row) => at !== row).length).toBeLessThanOrEqual(1);
    expectNear(distances, new Float64Array(150), 1e-3);
  }
});

test.each(Object.keys(CHAINS))('rows %s: the decisions of two classes are those of their one pair', async (name) => {
  const two = { ...iris, rows: iris.rows.subarray(50, 150) };
  const model = await fitted(CHAINS[name as 'turned'](svc() as never) as ReturnType<typeof svc>, two, compute);
  expectNear((await pairDecisions(model, two, context)).data, await model.decisionFunction(two, context), 1e-6);
});

test.each(Object.keys(CHAINS))('rows %s: what is told of a model by its columns is told by those before the transformers', async (name) => {
  const model = await fitted(CHAINS[name as 'turned'](logisticRegression() as never) as ReturnType<typeof logisticRegression>, iris, compute);
  expect((await permutationImportance(model, iris, { nRepeats: 1 }, context)).score).toBe(await model.score(iris, context));
  const { gridValues, average } = await partialDependence(model, iris, 2, { gridResolution: 3 }, context);
  const set = Float64Array.from(iris.x.data, (value, at) => (at % 4 === 2 ? gridValues[0]![1]! : value));
  const said = await model.predictProba({ ...iris, x: matrix(150, 4, set) }, context);
  const means = [0, 1, 2].map((c) => said.filter((_, at) => at % 3 === c).reduce((sum, share) => sum + share, 0) / 150);
  expectNear(
    average.map((own) => own[1]!),
    means,
    1e-5,
  );
  const boosting = histGradientBoostingClassifier({ maxIter: 2, minSamplesLeaf: 5 });
  const boosted = await fitted(CHAINS[name as 'turned'](boosting as never) as typeof boosting, iris, compute);
  expect((await stagedScores(boosted, iris, {}, context)).at(-1)).toBe(await boosted.score(iris, context));
});
