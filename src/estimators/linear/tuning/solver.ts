// Where the solver of linear models takes less time on this device. On the host an iteration waits for the device twice; on the
// device it takes more passes over the rows, and steps that a processor does faster. Whole fits are timed, which see all of that.
import type { Compute } from '../../../core/compute.ts';
import { matrix } from '../../../core/data/matrix.ts';
import { RandomState } from '../../../core/data/random.ts';
import { measuredAlone } from '../../../core/tuning/tune.ts';
import type { StageContext } from '../../../dsl/stage/context.ts';
import { logisticRegression } from '../../logisticRegression/logisticRegression.ts';

const PLACES = ['host', 'device'] as const;
type Place = (typeof PLACES)[number];

export interface SolverTuned {
  /** Milliseconds of a fit in either place, the best of a few. */
  readonly ms: Readonly<Record<Place, number>>;
  readonly kept: Place;
}

export interface SolverTuneOptions {
  /** Default 24 576, so many that the host has products, loss and gradient of few columns made in one pass. */
  readonly rows?: number;
  /** Iterations of a fit, default 30. */
  readonly maxIter?: number;
}

const COLS = 784;
/** Share of values that are not zero, as in pictures of digits. */
const DENSITY = 0.19;
/** As small as f32 is still trusted with. */
const TOLERANCE = 1e-7;
const ROUNDS = 3;
/** A model of all rows and three with a third held out. */
const JOBS = [{ name: 'all' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }))];

export async function tuneSolver(compute: Compute, { rows = 24_576, maxIter = 30 }: SolverTuneOptions = {}): Promise<SolverTuned> {
  const { data, folds } = pictures(rows);
  const estimator = logisticRegression({ tol: TOLERANCE, maxIter });
  const fitOn = (solver: Place): (() => Promise<number>) => {
    const own: Compute = { ...compute, solver };
    const context: StageContext = {
      stage: 'tuning',
      seed: () => 0,
      signal: new AbortController().signal,
      emit: () => {},
      files: { read: () => Promise.reject(new Error('nothing is read while the solver is timed')) },
      compute: async () => own,
    };
    return async () => {
      const started = performance.now();
      await estimator.train(data, JOBS, { folds }, context);
      return performance.now() - started;
    };
  };
  const fits = { host: fitOn('host'), device: fitOn('device') };
  // Shaders are compiled, and kernels chosen.
  for (const place of PLACES) await fits[place]();
  return measuredAlone(compute, async () => {
    const ms = { host: Infinity, device: Infinity };
    for (let round = 0; round < ROUNDS; round++) for (const place of PLACES) ms[place] = Math.min(ms[place], await fits[place]());
    return { ms, kept: ms.device < ms.host ? 'device' : 'host' };
  });
}

/** Rows of two classes that no few columns tell apart. */
function pictures(count: number) {
  const random = new RandomState(1);
  const x = new Uint8Array(count * COLS);
  for (let at = 0; at < x.length; at++) {
    const bits = random.uint32();
    if (bits < DENSITY * 2 ** 32) x[at] = 1 + (bits & 127);
  }
  const labels = Uint8Array.from({ length: count }, (_, row) => {
    let difference = 0;
    for (let j = 0; j < COLS; j++) difference += (j % 2 === 0 ? 1 : -1) * x[row * COLS + j]!;
    return difference > 0 ? 1 : 0;
  });
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  return {
    data: { name: 'trial', role: 'train' as const, x: matrix(count, COLS, x), labels, rows },
    folds: { count: 3, fold: Uint8Array.from(rows, (row) => row % 3) },
  };
}
