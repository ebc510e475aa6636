// Stochastic gradient descent of ten digits in three folds, as a cross-validation trains it: of pixels as they are, most of which are 0,
// and of pixels on one scale, none of which is.
import type { Compute } from '../../src/core/compute.ts';
import { dots, SIDE_BY_SIDE } from '../../src/estimators/sgd/dots.ts';
import { shuffle } from '../../src/estimators/sgd/draw.ts';
import { sgdClassifier } from '../../src/estimators/sgd/sgdClassifier.ts';
import { rowsToStepOn } from '../../src/estimators/sgd/shifted.ts';
import { standardScalings } from '../../src/transforms/scaling.ts';
import type { Sample, Task } from '../harness.ts';
import { accuracyOf, foldsOf, type Digits } from '../mnist.ts';
import { DESCENT_PASSES } from './algorithms.ts';
import { contextAround } from './train.ts';

const CLASSES = 10;

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
  /** Rows as they are held and what weights say of each, in such orders: no step is made. */
  const bare = async (): Promise<Sample> => {
    oneScale ??= (await standardScalings(digits, undefined))(undefined, undefined);
    const started = performance.now();
    const held = await rowsToStepOn({ ...digits, rows: digits.rows.slice(), scaling: oneScale }, { shifted: true });
    const weights = (): Float64Array => new Float64Array(held.cols + 2).fill(1);
    const [a, b, c, d] = [weights(), weights(), weights(), weights()];
    const orders = Array.from({ length: SIDE_BY_SIDE }, () => Uint32Array.from(folds.fold.keys()).filter((row) => folds.fold[row] !== 0));
    const [own, said] = [new Uint32Array(SIDE_BY_SIDE), new Float64Array(SIDE_BY_SIDE)];
    for (let learned = 0; learned < DESCENT_PASSES * CLASSES * jobs.length; learned += SIDE_BY_SIDE) {
      orders.forEach((order, i) => shuffle(order, learned + i));
      for (let step = 0; step < orders[0]!.length; step++) {
        for (let i = 0; i < SIDE_BY_SIDE; i++) own[i] = orders[i]![step]!;
        dots(held, a, b, c, d, own, said);
      }
    }
    return { ms: performance.now() - started };
  };
  const tasks = [false, true].map((scaled): Task => {
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
  return [
    ...tasks,
    {
      name: 'descent-folds-bare',
      group: 'descent-folds',
      title: 'its rows and what weights say of them, no steps',
      engine: 'pipeline-gpu',
      repeats: { full: 2, quick: 1 },
      ratioTo: 'descent-folds-scaled',
      sample: bare,
    },
  ];
}
