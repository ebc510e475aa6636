// Whole trainings through the estimator, as the stages call it, and the upload that comes before the first of them.
import type { Compute } from '../../src/core/compute.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { builtThreads } from '../../test/support/builtThreads.ts';
import type { Sample, Task } from '../harness.ts';
import { COLS, passes, type Digits } from '../mnist.ts';

/** numpy.logspace(-4, 4, 24), as `mnist-c-grid.ts` searches. */
export const C_GRID = Array.from({ length: 24 }, (_, i) => 10 ** (-4 + (8 * i) / 23));
export const SOFTMAX_ITERATIONS = 20;

type Estimator = ReturnType<typeof logisticRegression>;
type Jobs = Parameters<Estimator['train']>[1];

const FIT: Jobs = [{ name: 'fit' }];
const FOLDS: Jobs = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }));
const GRID: Jobs = C_GRID.flatMap((C) => FOLDS.map((fold) => ({ ...fold, name: `C ${C} ${fold.name}`, params: { C } })));

/** A stage's context, outside any run. */
export function contextAround(compute: Compute): StageContext {
  return {
    stage: 'bench',
    seed: () => 0,
    signal: new AbortController().signal,
    emit: () => {},
    files: { read: () => Promise.reject(new Error('the bench reads no files while it measures')) },
    compute: async () => compute,
    threads: builtThreads,
  };
}

export function trainTasks(compute: Compute, { digits, twos, folds }: Digits): readonly Task[] {
  const context = contextAround(compute);
  const train = async (data: typeof twos, estimator: Estimator, jobs: Jobs, columns = 1): Promise<Sample> => {
    const started = performance.now();
    const trained = await estimator.train(data, jobs, { folds }, context);
    const ms = performance.now() - started;
    const nIter = trained.map(({ model }) => model.nIter);
    const trainAccuracy = trained[0]!.model.summary['trainAccuracy'] as number;
    if (!(trainAccuracy > 0.5)) throw new Error(`a fit ended with a training accuracy of ${trainAccuracy}`);
    // Margins once an iteration, gradients once more than that; a pass serves every model that still runs.
    const columnPasses = nIter.reduce((sum, n) => sum + (2 * n + 1) * columns, 0);
    return { ms, work: passes(2 * Math.max(...nIter) + 1, columnPasses), facts: { nIter: nIter.length > 8 ? Math.max(...nIter) : nIter, trainAccuracy } };
  };
  const detector = logisticRegression({ tol: 0.1 });
  /** As `gridSearch(..., { warmStart: true })`: all folds of one C at once, from where the C before ended. */
  const walk = async (): Promise<Sample> => {
    const started = performance.now();
    const nIter = FOLDS.map(() => 0);
    let before: Awaited<ReturnType<Estimator['train']>> | undefined;
    for (const C of C_GRID) {
      const jobs = FOLDS.map((fold, i) => ({ ...fold, params: { C }, ...(before ? { start: before[i]!.model } : {}) }));
      before = await detector.train(twos, jobs, { folds }, context);
      before.forEach(({ model }, i) => (nIter[i]! += model.nIter));
    }
    const columnPasses = nIter.reduce((sum, n) => sum + 2 * n + C_GRID.length, 0);
    return { ms: performance.now() - started, work: passes(2 * Math.max(...nIter) + C_GRID.length, columnPasses), facts: { nIter } };
  };
  const scaled = { ...digits, scaling: { shift: new Float64Array(COLS), factor: new Float64Array(COLS).fill(1 / 255) } };
  const softmax = (maxIter: number): Promise<Sample> => train(scaled, logisticRegression({ tol: 1e-9, maxIter }), FIT, 10);

  const task = (name: string, title: string, [full, quick]: readonly [number, number], rest: Pick<Task, 'sample'> & Partial<Task>): Task => ({
    name,
    group: name,
    title,
    engine: 'pipeline-gpu',
    repeats: { full, quick },
    ...rest,
  });
  return [
    task('fit', 'fit, "a 2 or not", tol 0.1', [7, 3], { sample: () => train(twos, detector, FIT) }),
    task('fit-cv', 'fit + 3 folds, one batch', [5, 2], { ratioTo: 'fit', sample: () => train(twos, detector, [...FIT, ...FOLDS]) }),
    task('grid', '24 values of C x 3 folds', [2, 1], {
      ratioTo: 'fit',
      // Two iterations compile what the long run needs.
      warm: () => train(twos, logisticRegression({ tol: 0.1, maxIter: 2 }), GRID),
      sample: () => train(twos, detector, GRID),
    }),
    task('grid-walked', '24 values of C x 3 folds, each from the one before', [3, 1], { ratioTo: 'fit', sample: () => walk() }),
    task('softmax', `softmax, 10 classes, x / 255, ${SOFTMAX_ITERATIONS} iterations`, [3, 1], {
      ratioTo: 'fit',
      warm: () => softmax(2),
      sample: () => softmax(SOFTMAX_ITERATIONS),
    }),
    task('upload', 'upload of the rows, packed', [5, 3], {
      sample: async () => {
        const rows = Uint32Array.from(twos.rows); // another list of rows is another upload
        const started = performance.now();
        const held = await tilesOnDevice(compute, { ...twos, rows });
        const ms = performance.now() - started;
        held.release();
        return { ms, work: passes(1, 0) };
      },
    }),
  ];
}
