// Training of a network: first weights and orders of rows that scikit-learn 1.9 draws, passes until none is better
// (neural_network/_multilayer_perceptron).
import { RandomState } from '../../core/data/random.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import type { Activation } from '../../kernels/lib/activation.ts';
import { checkScored, heldBack, type ByClass } from '../rows/heldBack.ts';
import { checkAnyWeight, tooLarge, warnOfPasses } from '../solver/passes.ts';
import { copyRow, rowsToCopy } from '../rows/rowsOnHost.ts';
import { firstWeights, layersOf, releaseLayers, sumsOf, weightsOf, type Weights } from './network.ts';
import type { LayerShape } from './shapes.ts';
import type { Training } from './params.ts';
import { Passes, type Targets } from './passes.ts';

export interface NetworkFields extends Weights {
  readonly activation: Activation;
  /** Mean loss of each pass over the rows, with the penalty. */
  readonly lossCurve: Float64Array;
  /** Scores of the rows held back after each pass; none without `earlyStopping`. */
  readonly validationScores: Float64Array;
  /** Passes over the rows. */
  readonly nIter: number;
}

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

/** @throws E_DATA for rows that weigh nothing, and for weights that become too large */
export async function trained(
  owner: string,
  rows: RowsOf,
  shapes: readonly LayerShape[],
  learning: Learning,
  params: Training,
  context: StageContext,
): Promise<NetworkFields> {
  const { activation, solver, learningRate, learningRateInit, powerT, maxIter, tol, nIterNoChange, earlyStopping, seed } = params;
  const compute = await context.compute();
  const random = new RandomState(seed);
  const held = await rowsToCopy(rows);
  const first = firstWeights(shapes, activation, random);
  const sides = earlyStopping ? heldBack(owner, rows, params.validationFraction, random, learning.byClass) : undefined;
  if (!learning.byClass) checkScored(owner, rows, sides?.test);
  const own = sides?.train ?? Uint32Array.from({ length: held.count }, (_, row) => row);
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
  let rate = learningRateInit;
  let [best, worse] = [-Infinity, 0];
  let kept: Weights | undefined;
  try {
    passes = new Passes(compute, layers, held, learning, params, own.length);
    for (let pass = 1; pass <= maxIter; pass++) {
      throwIfCancelled(context.signal);
      const before = order;
      order = random.permutation(own.length).map((position) => before[position]!);
      const loss = await passes.run(order, rate, context.signal);
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
      if (solver === 'sgd' && learningRate === 'invscaling') rate = learningRateInit / (pass * own.length + 1) ** powerT;
      if (worse > nIterNoChange) {
        if (solver !== 'sgd' || learningRate !== 'adaptive' || rate <= SHORTEST) break;
        rate /= 5;
        worse = 0;
      }
      // Steps that become ever shorter are meant to end with the last pass.
      if (pass === maxIter && learningRate !== 'falling')
        warnOfPasses(owner, rows.name, maxIter, 'Raise maxIter, tol or learningRateInit, or hold rows back with earlyStopping: true.', context);
    }
    const weights = kept ?? (await weightsOf(compute, layers));
    if (!weights.coefs.every((coef) => coef.every(Number.isFinite))) throw tooLarge(owner, lossCurve.length, CURE);
    return {
      ...weights,
      activation,
      lossCurve: Float64Array.from(lossCurve),
      validationScores: Float64Array.from(validationScores),
      nIter: lossCurve.length,
    };
  } finally {
    passes?.release();
    releaseLayers(compute, layers);
  }
}
