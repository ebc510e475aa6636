// Stochastic gradient descent of ten digits in three folds, as a cross-validation trains it: of pixels as they are, most of which are 0,
// and of pixels on one scale, none of which is.
import type { Compute } from '../../src/core/compute.ts';
import { sgdClassifier } from '../../src/estimators/sgd/sgdClassifier.ts';
import { standardScalings } from '../../src/transforms/scaling.ts';
import type { Sample, Task } from '../harness.ts';
import { accuracyOf, foldsOf, type Digits } from '../mnist.ts';
import { DESCENT_PASSES } from './algorithms.ts';
import { contextAround } from './train.ts';

export function descentTasks(compute: Compute, { digits }: Digits): readonly Task[] {
  const context = contextAround(compute);
  const jobs = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }));
  const folds = foldsOf(digits);
  let oneScale: ReturnType<Awaited<ReturnType<typeof standardScalings>>> | undefined;
  const folded = async (scaled: boolean, maxIter: number): Promise<Sample> => {
    if (scaled) oneScale ??= (await standardScalings(digits, undefined))(undefined, undefined);
    const rows = { ...digits, rows: digits.rows.slice(), ...(scaled ? { scaling: oneScale! } : {}) };
    const started = performance.now();
    const trained = await sgdClassifier({ maxIter, tol: null, seed: 42 }).train(rows, jobs, { folds }, context);
    const ms = performance.now() - started;
    return { ms, facts: { accuracy: trained.map(({ heldOut }) => accuracyOf(heldOut!)) } };
  };
  return [false, true].map((scaled): Task => {
    const name = `descent-folds-${scaled ? 'scaled' : 'raw'}`;
    return {
      name,
      group: 'descent-folds',
      title: `${DESCENT_PASSES} passes in 3 folds, ten digits${scaled ? ' on one scale' : ''}`,
      engine: 'pipeline-gpu',
      repeats: { full: 2, quick: 1 },
      warm: () => folded(scaled, 1),
      sample: () => folded(scaled, DESCENT_PASSES),
    };
  });
}
