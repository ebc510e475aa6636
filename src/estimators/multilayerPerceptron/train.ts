// Training of a network: first weights and orders of rows that scikit-learn 1.9 draws, passes until none is better
// (neural_network/_multilayer_perceptron).
import { RandomState } from '../../core/data/random.ts';
import { columnCalled } from '../../core/data/columns.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { within } from '../../dsl/stage/progress.ts';
import { coarseColumns } from '../rows/frame.ts';
import { checkScored, heldBack, type ByClass } from '../rows/heldBack.ts';
import { checkAnyWeight, tooLarge, warnOfPasses } from '../solver/passes.ts';
import { copyRow, rowsToCopy } from '../rows/rowsOnHost.ts';
import { firstWeights, layersOf, releaseLayers, sumsOf, weightsOf, type Weights } from './layers/network.ts';
import type { LayerShape } from './layers/shapes.ts';
import type { Training } from './params.ts';
import { Passes, type Targets } from './passes.ts';
import type { Trained } from './progress.ts';

/** What is learned. */
export interface Learning extends Targets {
  readonly outputs: number;
  /** Of a classifier of two classes, so that rows held back have both. */
  readonly byClass?: ByClass | undefined;
  /** How well sums of the last layer, `[held][outputs]`, predict rows held back. */
  score(sums: Float64Array, held: Uint32Array): number;
}

/** Steps of 'adaptive' are not made shorter than this. */
const SHORTEST = 1e-6;

const CURE = 'lower learningRateInit';

/** What was warned of, by the signal of a run. */
const warned = new WeakMap<AbortSignal, Set<string>>();

/** Rows go to the device as they are meant, in f32. Told once a stage, however many folds and networks it trains. */
async function warnOfCoarse(owner: string, rows: RowsOf, { emit, stage, signal }: Pick<StageContext, 'emit' | 'stage' | 'signal'>): Promise<void> {
  const [column] = await coarseColumns(rows);
  if (column === undefined) return;
  const message = `${owner}: rows are held as 32-bit floats, which lose what tells many values of ${columnCalled(column, rows.columns)} of ${rows.name} apart.`;
  const before = warned.get(signal) ?? new Set();
  const told = `${stage}: ${message}`;
  if (before.has(told)) return;
  warned.set(signal, before.add(told));
  emit({ type: 'warning', stage, code: 'W_PRECISION', message, hint: 'Put standardize() before it in a chain: it takes away the mean in 64 bits.' });
}

/** @param before a model that goes on, in one pass @throws E_DATA for rows that weigh nothing, and for weights that become too large */
export async function trained(
  owner: string,
  rows: RowsOf,
  shapes: readonly LayerShape[],
  learning: Learning,
  params: Training,
  context: StageContext,
  before?: Trained,
): Promise<Trained> {
  const { activation, solver, learningRate, learningRateInit, powerT, tol, nIterNoChange, earlyStopping, seed } = params;
  const maxIter = before ? 1 : params.maxIter;
  const compute = await context.compute();
  const random = new RandomState(seed);
  const held = await rowsToCopy(rows);
  await warnOfCoarse(owner, rows, context);
  const first = before ?? firstWeights(shapes, activation, random);
  const sides = earlyStopping ? heldBack(owner, rows, params.validationFraction, random, learning.byClass) : undefined;
  if (!learning.byClass) checkScored(owner, rows, sides?.test);
  const own = sides?.train ?? new Uint32Array(held.count).map((_, row) => row);
  checkAnyWeight(owner, `rows of ${rows.name} that it trains on`, learning.weights, own);
  if (sides) checkAnyWeight(owner, `rows of ${rows.name} held back to tell when to stop`, learning.weights, sides.test);
  const layers = layersOf(compute, shapes, first, activation);
  let passes: Passes | undefined;
  const said = (test: Uint32Array): Promise<Float64Array> =>
    sumsOf(
      compute,
      layers,
      test.length,
      (async function* () {
        yield { rows: test.length, fill: (row: number, into: Float32Array, at: number) => copyRow(held, test[row]!, into, at) };
      })(),
    );
  const [lossCurve, validationScores]: [number[], number[]] = [[], []];
  let order = own;
  const start = before?.progress;
  const seen = start?.rows ?? 0;
  const scaledInversely = (rows: number): number => learningRateInit / (rows + 1) ** powerT;
  let rate = learningRateInit;
  if (start && solver === 'sgd' && learningRate === 'adaptive') rate = start.rate;
  if (start && solver === 'sgd' && learningRate === 'invscaling') rate = scaledInversely(seen);
  let [best, worse] = start ? [-start.best, start.worse] : [-Infinity, 0];
  let kept: Weights | undefined;
  try {
    passes = new Passes(compute, layers, held, learning, params, own.length, start);
    for (let pass = 1; pass <= maxIter; pass++) {
      throwIfCancelled(context.signal);
      const last = order;
      order = random.permutation(own.length).map((position) => last[position]!);
      const loss = await passes.run(order, rate, within(context, pass - 1, maxIter, 'epochs'));
      lossCurve.push(loss);
      if (!Number.isFinite(loss)) throw tooLarge(owner, pass, CURE);
      if (sides) validationScores.push(learning.score(await said(sides.test), sides.test));
      const score = sides ? validationScores.at(-1)! : -loss;
      worse = score < best + tol ? worse + 1 : 0;
      if (score > best) {
        best = score;
        if (sides) kept = await weightsOf(compute, layers);
      }
      if (learningRate === 'falling') rate = learningRateInit * (1 - pass / maxIter);
      if (solver === 'sgd' && learningRate === 'invscaling') rate = scaledInversely(seen + pass * own.length);
      if (worse > nIterNoChange) {
        if (solver !== 'sgd' || learningRate !== 'adaptive' || rate <= SHORTEST) {
          context.progress?.(pass, pass, 'epochs');
          break;
        }
        rate /= 5;
        worse = 0;
      }
      if (pass === maxIter) context.progress?.(pass, maxIter, 'epochs');
      // Steps that become ever shorter are meant to end with the last pass.
      if (pass === maxIter && learningRate !== 'falling' && !before)
        warnOfPasses(owner, rows.name, maxIter, 'Raise maxIter, tol or learningRateInit, or hold rows back with earlyStopping: true.', context);
    }
    const weights = kept ?? (await weightsOf(compute, layers));
    if (!weights.coefs.every((coef) => coef.every(Number.isFinite))) throw tooLarge(owner, lossCurve.length, CURE);
    return {
      ...weights,
      activation,
      lossCurve: Float64Array.from([...(before?.lossCurve ?? []), ...lossCurve]),
      validationScores: before?.validationScores ?? Float64Array.from(validationScores),
      nIter: lossCurve.length,
      progress: {
        ...(await passes.reached()),
        rows: seen + lossCurve.length * own.length,
        rate,
        // A model that goes on holds nothing back: losses count from here on.
        ...(sides ? { best: Math.min(...lossCurve), worse: 0 } : { best: -best, worse }),
      },
    };
  } finally {
    passes?.release();
    releaseLayers(compute, layers);
  }
}
