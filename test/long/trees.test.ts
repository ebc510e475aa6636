// Trees and forests on all of MNIST against scikit-learn's, within its seeds and a little more.
import { expect, test } from 'vitest';
import figures from '../fixtures/mnist.json' with { type: 'json' };
import { decisionTreeClassifier, extraTreesClassifier, randomForestClassifier } from '../../src/api.ts';
import { stratifiedFolds } from '../../src/core/folds/folds.ts';
import { rocAuc } from '../../src/metrics/ranking.ts';
import { testCompute } from '../support/compute.ts';
import { mnistRows } from '../support/mnistFiles.ts';
import { stageContext } from '../support/smallSets.ts';

const context = stageContext(await testCompute());
const ACCURACY = 0.003;
const AUC = 0.0005;

const { train, test: asked } = mnistRows();
const labels = train.labels.subarray(0, 60_000);

function within(value: number, values: readonly number[], wider: number): void {
  expect(value).toBeGreaterThanOrEqual(Math.min(...values) - wider);
  expect(value).toBeLessThanOrEqual(Math.max(...values) + wider);
}

test('one tree, ten digits', async () => {
  const [trained] = await decisionTreeClassifier().train(train, [{ name: 'fit' }], {}, context);
  const accuracy = await trained!.model.score(asked, context);
  console.log(`one tree: ${accuracy}`);
  within(accuracy, figures.tree, ACCURACY);
});

test('a forest, ten digits', async () => {
  const started = performance.now();
  const [trained] = await randomForestClassifier({ seed: 42, oobScore: true }).train(train, [{ name: 'fit' }], {}, context);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const accuracy = await trained!.model.score(asked, context);
  console.log(`a forest: ${accuracy}, ${seconds} s, out of bag ${trained!.model.fields.oobScore}`);
  within(accuracy, figures.forest, ACCURACY);
});

test('extra trees, ten digits', async () => {
  const [trained] = await extraTreesClassifier({ seed: 42 }).train(train, [{ name: 'fit' }], {}, context);
  const accuracy = await trained!.model.score(asked, context);
  console.log(`extra trees: ${accuracy}`);
  within(accuracy, figures.extraTrees, ACCURACY);
});

test('a forest that detects fives, three folds', async () => {
  const { digit, folds: count, seeds } = figures.forestDetector;
  const fold = stratifiedFolds(
    labels.map((label) => Number(label === digit)),
    count,
  );
  const jobs = Array.from({ length: count }, (_, heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut, positive: digit }));
  const trained = await randomForestClassifier({ seed: 42 }).train(train, jobs, { folds: { count, fold }, need: 'decisions' }, context);
  const decisions = new Float64Array(fold.length);
  for (const [heldOut, { heldOut: said }] of trained.entries()) {
    let at = 0;
    fold.forEach((own, row) => own === heldOut && (decisions[row] = said!.decisions![at++]!));
  }
  const truth = labels.map((label) => Number(label === digit));
  const right = decisions.reduce((sum, value, row) => sum + Number(value > 0 === (truth[row] === 1)), 0);
  const auc = rocAuc(truth, decisions);
  console.log(`fives: AUC ${auc}, accuracy ${right / truth.length}`);
  within(
    auc,
    Object.values(seeds).map((own) => own.auc),
    AUC,
  );
});
