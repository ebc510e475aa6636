// Neighbours of all test digits among the training digits: distances of 600 million pairs.
import type { Compute } from '../../src/core/compute.ts';
import { kNeighborsClassifier } from '../../src/estimators/neighbors/kNeighborsClassifier.ts';
import type { Sample, Task } from '../harness.ts';
import { COLS, ROWS, TRAINING, type Digits } from '../mnist.ts';
import { contextAround } from './train.ts';

/** Test digits whose neighbours are looked for. */
export const ASKED = 10_000;

export function neighborTasks(compute: Compute, { digits }: Digits): readonly Task[] {
  const context = contextAround(compute);
  const ask = async (count: number): Promise<Sample> => {
    const [fitted] = await kNeighborsClassifier().train(digits, [{ name: 'fit' }], {}, context);
    const test = { ...digits, rows: Uint32Array.from({ length: count }, (_, i) => TRAINING + i) };
    const started = performance.now();
    const accuracy = await fitted!.model.score(test, context);
    const ms = performance.now() - started;
    if (!(accuracy > 0.9)) throw new Error(`neighbours are right of ${accuracy} of the test digits`);
    return { ms, work: { bytes: (ROWS + count) * COLS, multiplyAdds: ROWS * count * COLS }, facts: { accuracy } };
  };
  return [
    {
      name: 'neighbors',
      group: 'neighbors',
      title: `5 neighbours of ${ASKED} digits among ${ROWS}`,
      engine: 'pipeline-gpu',
      repeats: { full: 2, quick: 1 },
      warm: () => ask(64),
      sample: () => ask(ASKED),
    },
  ];
}
