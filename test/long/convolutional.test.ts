// The convolutional network on all of MNIST.
import { expect, test } from 'vitest';
import { chain, convolutionalClassifier, scale } from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { fitted } from '../support/figures.ts';
import { mnistRows } from '../support/mnistFiles.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const { train, test: asked } = mnistRows();

test('more than 99 of 100 test digits are right', { timeout: 3_600_000 }, async () => {
  const started = performance.now();
  const rows = { ...train, picture: { width: 28, height: 28 } };
  const model = await fitted(chain(scale({ factor: 1 / 255 }), convolutionalClassifier({ seed: 1 })) as never, rows, compute);
  const accuracy = await (model as { score(data: object, context: object): Promise<number> }).score(asked, stageContext(compute));
  console.log(`convolutionalClassifier: ${accuracy}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  expect(accuracy).toBeGreaterThanOrEqual(0.99);
});
