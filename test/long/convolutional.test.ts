// The convolutional network on all of MNIST.
import { expect, test } from 'vitest';
import { convolutionalClassifier } from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { fitted } from '../support/figures.ts';
import { mnistRows } from '../support/mnistFiles.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const { train, test: asked } = mnistRows();

test('more than 99 of 100 test digits are right', { timeout: 3_600_000 }, async () => {
  const started = performance.now();
  const scaling = { shift: new Float64Array(784), factor: new Float64Array(784).fill(1 / 255) };
  const model = await fitted(convolutionalClassifier({ seed: 1 }), { ...train, scaling, picture: { width: 28, height: 28 } }, compute);
  const accuracy = await model.score(asked, stageContext(compute));
  console.log(`convolutionalClassifier: ${accuracy}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  expect(accuracy).toBeGreaterThanOrEqual(0.99);
});
