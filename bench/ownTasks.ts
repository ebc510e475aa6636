// What this package is measured on, all in this process and on one device: single evaluations, whole fits, the upload.
import type { Compute } from '../src/core/compute.ts';
import type { StageContext } from '../src/dsl/context.ts';
import type { Job } from '../src/dsl/estimator.ts';
import { rowsOnDevice } from '../src/estimators/linear/deviceRows.ts';
import { LinearBatch } from '../src/estimators/linear/linearBatch.ts';
import { logisticRegression } from '../src/estimators/logisticRegression/logisticRegression.ts';
import { NO_FOLD } from '../src/kernels/lib/column.ts';
import type { Sample, Task, Work } from './harness.ts';
import { COLS, ROWS, type Digits } from './mnist.ts';

/** Models of one evaluation: a fit; a fit and its three folds; ten of those. */
export const MODELS = [1, 4, 40] as const;
/** numpy.logspace(-4, 4, 24), as `mnist-c-grid.ts` searches. */
const C_GRID = Array.from({ length: 24 }, (_, i) => 10 ** (-4 + (8 * i) / 23));
const SOFTMAX_ITERATIONS = 20;

interface TrainJob {
  readonly name: string;
  readonly heldOut?: number;
  readonly params?: { readonly C?: number };
}

export const FIT: readonly TrainJob[] = [{ name: 'fit' }];
const FOLDS: readonly TrainJob[] = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }));

export async function ownTasks(compute: Compute, { digits, twos, folds }: Digits, dtypeBytes: number): Promise<readonly Task[]> {
  const context: StageContext = {
    stage: 'bench',
    later: [],
    signal: new AbortController().signal,
    emit: () => {},
    files: { read: () => Promise.reject(new Error('the bench reads no files while it measures')) },
    compute: async () => compute,
  };
  const passBytes = ROWS * COLS * dtypeBytes;
  const passes = (count: number, columnPasses: number): Work => ({ bytes: count * passBytes, multiplyAdds: columnPasses * ROWS * COLS });

  const evaluations = MODELS.map((models): Task => {
    let evaluate: Promise<() => Promise<Sample>> | undefined;
    const prepare = async (): Promise<() => Promise<Sample>> => {
      const codes = Uint8Array.from(twos.rows, (id) => twos.labels[id]!);
      const columns = [{ positive: 1, positiveWeight: 1, negativeWeight: 1 }];
      const targets = Array.from({ length: models }, (_, i) => ({ heldOut: i % 4 === 0 ? NO_FOLD : (i % 4) - 1, columns }));
      const batch = new LinearBatch(compute, { data: await rowsOnDevice(compute, twos), codes, folds: folds.fold }, targets);
      const all = targets.map((_, i) => i);
      // There and back again: margins stay small however often this runs.
      const direction = (sign: number): Float64Array[] => all.map((i) => Float64Array.from({ length: COLS + 1 }, (_, j) => sign * 1e-5 * Math.sin(i + j)));
      let [next, other] = [direction(1), direction(-1)];
      return async () => {
        const started = performance.now();
        await batch.setDirections(all, next);
        const losses = await batch.losses(
          all,
          all.map(() => 1),
        );
        const gradients = await batch.gradients(all);
        const ms = performance.now() - started;
        [next, other] = [other, next];
        const checksum = losses.reduce((sum, { slope }) => sum + slope, 0) + gradients.reduce((sum, gradient) => sum + gradient[COLS]!, 0);
        if (!Number.isFinite(checksum) || gradients.some((gradient) => gradient[COLS] === 0)) throw new Error(`evaluation of ${models} models gave ${checksum}`);
        return { ms, work: passes(2, 2 * models), facts: { models } };
      };
    };
    return {
      name: `evaluation-${models}`,
      group: 'evaluation',
      title: `loss + gradient, ${models} model${models === 1 ? '' : 's'}`,
      engine: 'pipeline-gpu',
      repeats: { full: 15, quick: 5 },
      ...(models === 1 ? {} : { ratioTo: 'evaluation-1' }),
      sample: async () => (await (evaluate ??= prepare()))(),
    };
  });

  const train = async (data: typeof twos, estimator: ReturnType<typeof logisticRegression>, jobs: readonly TrainJob[], columns = 1): Promise<Sample> => {
    const started = performance.now();
    const trained = await estimator.train(data, jobs as readonly Job<object>[] as never, { folds }, context);
    const ms = performance.now() - started;
    const nIter = trained.map(({ model }) => model.nIter);
    const accuracy = trained[0]!.model.summary['trainAccuracy'] as number;
    if (!(accuracy > 0.5)) throw new Error(`a fit ended with a training accuracy of ${accuracy}`);
    // Margins once an iteration, gradients once more than that; a pass serves every model that still runs.
    const columnPasses = nIter.reduce((sum, n) => sum + (2 * n + 1) * columns, 0);
    return { ms, work: passes(2 * Math.max(...nIter) + 1, columnPasses), facts: { models: jobs.length, nIter: nIter.length > 8 ? Math.max(...nIter) : nIter, trainAccuracy: accuracy } };
  };
  const detector = logisticRegression({ tol: 0.1 });
  const softmaxData = { ...digits, scaling: { shift: new Float64Array(COLS), factor: new Float64Array(COLS).fill(1 / 255) } };
  const softmax = (maxIter: number): Promise<Sample> => train(softmaxData, logisticRegression({ tol: 1e-9, maxIter }), FIT, 10);
  const grid = C_GRID.flatMap((C) => FOLDS.map((fold) => ({ ...fold, name: `C ${C} ${fold.name}`, params: { C } })));

  return [
    ...evaluations,
    {
      name: 'fit',
      group: 'fit',
      title: 'fit, "a 2 or not", tol 0.1',
      engine: 'pipeline-gpu',
      repeats: { full: 7, quick: 3 },
      sample: () => train(twos, detector, FIT),
    },
    {
      name: 'fit-cv',
      group: 'fit-cv',
      title: 'fit + 3 folds, one batch',
      engine: 'pipeline-gpu',
      repeats: { full: 5, quick: 2 },
      ratioTo: 'fit',
      sample: () => train(twos, detector, [...FIT, ...FOLDS]),
    },
    {
      name: 'grid',
      group: 'grid',
      title: '24 values of C x 3 folds',
      engine: 'pipeline-gpu',
      repeats: { full: 2, quick: 1 },
      ratioTo: 'fit',
      // Two iterations compile what the long run needs.
      warm: () => train(twos, logisticRegression({ tol: 0.1, maxIter: 2 }), grid),
      sample: () => train(twos, detector, grid),
    },
    {
      name: 'softmax',
      group: 'softmax',
      title: `softmax, 10 classes, x / 255, ${SOFTMAX_ITERATIONS} iterations`,
      engine: 'pipeline-gpu',
      repeats: { full: 3, quick: 1 },
      ratioTo: 'fit',
      warm: () => softmax(2),
      sample: () => softmax(SOFTMAX_ITERATIONS),
    },
    {
      name: 'upload',
      group: 'upload',
      title: 'upload of the rows, packed',
      engine: 'pipeline-gpu',
      repeats: { full: 5, quick: 3 },
      sample: async () => {
        const rows = Uint32Array.from(twos.rows); // another list of rows is another upload
        const started = performance.now();
        const { chunks } = await rowsOnDevice(compute, { ...twos, rows });
        const ms = performance.now() - started;
        compute.release(...chunks.flatMap(({ resident }) => resident ?? []));
        return { ms, work: passes(1, 0) };
      },
    },
  ];
}
