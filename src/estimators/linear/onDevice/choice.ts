// Whether the solver of a batch stays on the device. Its steps on the host cost two waits for the device an iteration, and more on
// a GPU than the step itself; on a processor it is the other way round. Measured once a device, and noted.
import type { Compute } from '../../../core/compute.ts';
import { lbfgsStep } from '../../../kernels/lbfgsStep/lbfgsStep.ts';
import { PHASES, RING, startState, STATE_WORDS, TAKE, VECTORS, writeState } from '../../../kernels/lbfgsStep/lbfgsState.ts';
import type { LinearProblems } from '../fit/fitBatch.ts';
import { DenseProducts } from '../denseProducts.ts';
import type { LinearBatch } from '../linearBatch.ts';
import { searchBytes } from './deviceSearch.ts';

const COLS = 784;
/** Of a gradient, as many as 60 000 rows have. */
const BLOCKS = 118;
const LANES = 3776;
const ROUNDS = 8;

/** A number of which products with f32 weights and gradients are still far from the largest and least of f32. */
const MOST = 1e25;

export async function isOnDevice(compute: Compute, batch: LinearBatch, problems: LinearProblems): Promise<boolean> {
  if (compute.solver === 'host' || !(batch.parts.products instanceof DenseProducts) || searchBytes(problems) > compute.limits.maxBindingBytes) return false;
  if (problems.problems.some(({ penalty, weightSum }) => penalty > MOST || weightSum > MOST || weightSum < 1 / MOST)) return false;
  return compute.solver === 'device' || (await noted(compute)) === 'device';
}

const known = new WeakMap<Compute, Promise<'host' | 'device'>>();

function noted(compute: Compute): Promise<'host' | 'device'> {
  let choice = known.get(compute);
  if (!choice) {
    choice = choose(compute);
    known.set(compute, choice);
    choice.catch(() => known.delete(compute)); // the next use tries anew
  }
  return choice;
}

async function choose(compute: Compute): Promise<'host' | 'device'> {
  const note = await compute.notes.get('solver', [lbfgsStep]);
  if (note === 'host' || note === 'device') return note;
  const { stepMs, waitMs } = await measureSolver(compute);
  // On the host an iteration waits twice, for the loss and for the gradient.
  const chosen = stepMs < 2 * waitMs ? 'device' : 'host';
  await compute.notes.set('solver', [lbfgsStep], chosen);
  return chosen;
}

/** Milliseconds of one launch of the solver for a model of 784 columns, and of one read of what an evaluation leaves. */
export async function measureSolver(compute: Compute): Promise<{ readonly stepMs: number; readonly waitMs: number }> {
  const words = Math.ceil((COLS + 1) / 4);
  const width = COLS + 1;
  // In the middle of a search that has all its memory and accepts what it tried.
  const halfway = new ArrayBuffer(STATE_WORDS * 4);
  const state = startState({ step: 1, maxIter: 1e6, value: 1, bend: 1, inverseWeight: 1, penalty: 1, share: 0, tolerance: 0 });
  const search = { phase: PHASES.indexOf('search'), slope: -1, pull: -1, bestSlope: -1, otherSlope: -1, upper: 5, maxStep: 1e10 };
  writeState(halfway, 0, { ...state, ...search, pairs: RING - 1, shrink: 1, curvatures: new Float64Array(RING).fill(width) });
  const buffers = {
    losses: compute.create('trial losses', LANES * 8),
    sums: compute.create('trial sums', BLOCKS * words * 16),
    affines: compute.create('trial affines', 16),
    states: compute.create('trial states', STATE_WORDS * 4),
    vectors: compute.upload('trial vectors', VECTORS * width * 4, (target) => new Float32Array(target).fill(1)),
    weights: compute.create('trial weights', words * 16),
    taken: compute.create('trial columns taken', 32),
    tried: compute.create('trial columns tried', 32),
  };
  const shape = { classes: 1, cols: COLS, width, lanes: LANES, blocks: BLOCKS, words, padded: 1, eights: 0, tail: 1, affine: 0, level: 0 };
  const launch = async (): Promise<void> => {
    compute.write(buffers.states, new Uint32Array(halfway));
    await compute.launch(lbfgsStep, { params: { zero: 0, take: TAKE.all, round: 0, ...shape }, bindings: buffers, grid: [1] });
  };
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    let best = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      await work();
      best = Math.min(best, performance.now() - started);
    }
    return best;
  };
  try {
    await launch();
    await compute.settle();
    const waitMs = await timed(() => compute.lend(buffers.sums, {}, () => undefined));
    const several = await timed(async () => {
      for (let n = 0; n < ROUNDS; n++) await launch();
      await compute.lend(buffers.sums, {}, () => undefined);
    });
    return { stepMs: Math.max(0, several - waitMs) / ROUNDS, waitMs };
  } finally {
    compute.release(...Object.values(buffers));
  }
}
