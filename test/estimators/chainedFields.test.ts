// Functions that read the fields of a model get them of a chain too: they are those of the model that it ends in, which sees other rows.
import { expect, test } from 'vitest';
import { chain, kNeighbors, kNeighborsClassifier, modelFromBytes, modelToBytes, pairDecisions, pca, standardize, svc } from '../../src/api.ts';
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
