// The solver of linear models on the host and on the device, where a wait for the device takes as long as here and longer: a GPU's
// reads, and some programs' ways of waiting for it, take up to 11 ms.
import type { Compute } from '../../src/core/compute.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { Sample, Task } from '../harness.ts';
import { passes, type Digits } from '../mnist.ts';
import { contextAround } from './train.ts';

/** Added to every read, in milliseconds. */
const WAITS = [0, 1, 10] as const;
const JOBS = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }))];

export function solverTasks(compute: Compute, { twos, folds }: Digits): readonly Task[] {
  const sampleOf = (on: Compute) => async (): Promise<Sample> => {
    const started = performance.now();
    const trained = await logisticRegression({ tol: 0.1 }).train(twos, JOBS, { folds }, contextAround(on));
    const ms = performance.now() - started;
    const nIter = trained.map(({ model }) => model.nIter);
    const columnPasses = nIter.reduce((sum, n) => sum + 2 * n + 1, 0);
    return { ms, work: passes(2 * Math.max(...nIter) + 1, columnPasses), facts: { nIter } };
  };
  return WAITS.flatMap((wait) =>
    (['host', 'device'] as const).map((solver): Task => {
      const name = `solver-${solver}-${wait}`;
      return {
        name,
        group: 'solver',
        title: `fit + 3 folds, solver on the ${solver}${wait > 0 ? `, reads ${wait} ms longer` : ''}`,
        engine: 'pipeline-gpu',
        repeats: { full: 5, quick: 3 },
        ...(solver === 'device' ? { ratioTo: `solver-host-${wait}` } : {}),
        sample: sampleOf(slower({ ...compute, solver }, wait)),
      };
    }),
  );
}

/** Every read takes so much longer. */
function slower(compute: Compute, ms: number): Compute {
  if (ms === 0) return compute;
  const later = async <T>(reading: Promise<T>): Promise<T> => {
    const read = await reading;
    await new Promise((resolve) => setTimeout(resolve, ms));
    return read;
  };
  return { ...compute, lend: (...given) => later(compute.lend(...given)), read: (...given) => later(compute.read(...given)) };
}
