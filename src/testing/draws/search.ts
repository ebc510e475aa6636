// Launches of the solver on the device: models at the start of a search, and whatever an evaluation may have found.
import { RandomState } from '../../core/data/random.ts';
import { readState, startState, STATE_WORDS, TAKE, TRACE, VECTORS, writeState } from '../../kernels/lbfgsStep/lbfgsState.ts';
import { lbfgsStep } from '../../kernels/lbfgsStep/lbfgsStep.ts';
import { columnsIn, type Draws, natural, oneOf, record, seeds, uniform } from './draw.ts';

export interface DrawnSearch {
  readonly seed: number;
  readonly models: number;
  readonly classes: number;
  readonly cols: number;
  readonly intercept: boolean;
  readonly affine: boolean;
  readonly level: boolean;
  readonly tolerance: number;
  readonly maxIter: number;
}

/** Models that ask for value and gradient of their start, and an evaluation of it. */
export function drawnSearch({ seed, models, classes, cols, intercept, affine, level, tolerance, maxIter }: DrawnSearch) {
  const random = new RandomState(seed);
  const values = uniform(random);
  const width = cols + (intercept ? 1 : 0);
  const size = classes * width;
  const columns = models * classes;
  // Groups of 8, and one of 4, 2 or 1 behind them.
  const left = columns % 8;
  const eights = columns - left + (left > 4 ? 8 : 0);
  const tail = left > 4 || left === 0 ? 8 : left > 2 ? 4 : left;
  const padded = left > 4 || left === 0 ? eights : eights + tail;
  const [lanes, launched, pieces, words] = [70, 3, 2, Math.ceil((cols + 1) / 4)];
  const targets = columnsIn(random, columns, classes);
  const states = new ArrayBuffer(models * STATE_WORDS * 4);
  const vectors = new Float32Array(models * VECTORS * size);
  for (let slot = 0; slot < models; slot++) {
    const state = startState({ step: 1, maxIter, value: 0.7, bend: 0.1, inverseWeight: 1 / 7, penalty: 0.03, share: slot % 2 === 0 ? 0 : 0.3, tolerance });
    writeState(states, slot, state);
    vectors.set(values(size), (slot * VECTORS + 4) * size);
  }
  /** What the next evaluation finds: changes and slopes of any sign and size. */
  const evaluation = () => ({ losses: values(models * lanes * 2, 0.05), sums: values(launched * padded * words * 4) });
  const sizes = { classes, cols, width, lanes, launched, pieces, words, padded };
  const scales = values(models * cols * 4).map((value, at) => (at % 4 === 0 ? value + 2 : at % 2 === 0 ? value : value * 2 ** -26));
  return {
    evaluation,
    launch: {
      params: {
        ...sizes,
        zero: 0,
        take: TAKE.all,
        round: seed % TRACE,
        eights,
        tail,
        affine: Number(affine),
        level: Number(level),
      },
      grid: [models] as [number],
    },
    buffers: {
      ...evaluation(),
      affines: affine ? scales : new Float32Array(4),
      states: new Uint32Array(states),
      vectors,
      weights: new Float32Array(padded * words * 4),
      taken: targets.slice(),
      tried: targets.slice(),
    },
    /** What the bytes of an output mean: pairs as their sums, and states so that large numbers may differ by their share. */
    numbers(bytes: ArrayBuffer, name: string): ArrayLike<number> {
      if (name === 'states') {
        return Array.from({ length: models }, (_, slot) => {
          const { curvatures, trace, ...rest } = readState(bytes, slot);
          return [...Object.values(rest), ...curvatures, ...trace.flatMap((one) => Object.values(one))].map(Math.asinh);
        }).flat();
      }
      const floats = new Float32Array(bytes);
      if (name !== 'vectors') return floats;
      return Float64Array.from(floats, (value, at) => {
        const kind = Math.floor(at / size) % VECTORS;
        return kind < 6 ? (kind % 2 === 0 ? value + floats[at + size]! : 0) : value;
      });
    },
  };
}

const SHAPES = { models: natural(1, 5), classes: oneOf(1, 3), cols: natural(1, 140), intercept: oneOf(false, true) } as const;

export const searchDraws: Draws = {
  'L-BFGS step': record({
    ...SHAPES,
    seed: seeds,
    affine: oneOf(false, true),
    level: oneOf(false, true),
    tolerance: oneOf(1e-9, 0.4),
    maxIter: natural(0, 2),
  }).map((drawn) => {
    const { launch, buffers, numbers } = drawnSearch(drawn);
    return { kernel: lbfgsStep, launch, buffers, numbers, allowed: { states: 1e-6, vectors: 1e-6, weights: 3e-6, taken: 0, tried: 1e-6 } };
  }),
};
