// Boosting: rounds of trees, each grown on the derivatives of the loss at what the trees before it say. As scikit-learn 1.9
// (ensemble/_hist_gradient_boosting/gradient_boosting.py).
import { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { binned, type Binned } from './columns/bins.ts';
import { categoricalIn } from './columns/categorical.ts';
import { grow, saidOf, type Count, type Grown } from './growth/grow.ts';
import { histogramOf, layoutOf, sumsOf, type Derivatives, type Layout } from './growth/histograms.ts';
import type { LossOf } from './losses.ts';
import { treesAsFields, type BoostedFields } from './model.ts';
import type { BoostingParams } from './params.ts';
import { hasStopped, heldBack, stopsEarly, type ByClass } from './stopping.ts';
import { wholeOf } from './growth/whole.ts';

/** What is learned of the rows. */
export interface Target {
  readonly lossOf: LossOf;
  /** Value, or code of the class, of each row. */
  readonly truth: ArrayLike<number>;
  /** Of each row; absent for 1 each. */
  readonly weights: ArrayLike<number> | undefined;
  /** Of a classifier, so that rows held back have all classes. */
  readonly byClass?: ByClass | undefined;
}

/** @throws E_DATA, E_PARAMS and E_CLASS, as the estimators say */
export async function boost(
  name: string,
  rows: RowsOf,
  target: Target,
  params: BoostingParams,
  { signal }: Pick<StageContext, 'signal'>,
): Promise<BoostedFields> {
  const { lossOf, truth, weights } = target;
  const count = rows.rows.length;
  checkWeights(name, rows, weights);
  const seed = new RandomState(params.seed).interval(2 ** 32 - 2); // scikit-learn draws a seed by the seed
  const early = stopsEarly(params, count);
  const held = early && params.validationFraction !== null ? heldBack(name, rows, params.validationFraction, seed, target.byClass) : undefined;
  // Rows that are trained on stand first.
  const order = held ? Uint32Array.of(...held.train, ...held.test) : Uint32Array.from({ length: count }, (_, row) => row);
  const trained = held?.train.length ?? count;
  const lossesOf = (from: number, end: number) => {
    const part = order.subarray(from, end);
    const taken = (values: ArrayLike<number>): Float64Array => Float64Array.from(part, (row) => values[row]!);
    return lossOf(taken(truth), weights && taken(weights));
  };
  const [loss, heldLoss] = [lossesOf(0, trained), held && lossesOf(trained, count)];
  const bins = await binned(
    { ...rows, rows: order.map((row) => rows.rows[row]!) },
    {
      name,
      maxBins: params.maxBins,
      categorical: categoricalIn(name, rows, params.categoricalFeatures),
      trained,
      weights: weights && Float64Array.from(order.subarray(0, trained), (row) => weights[row]!),
      seed,
    },
  );
  const baseline = loss.baseline();
  const scores = Array.from(baseline, (own) => new Float64Array(count).fill(own));
  const trainedScores = scores.map((own) => own.subarray(0, trained));
  const heldScores = scores.map((own) => own.subarray(trained));
  const [trainScore, validationScore]: [number[], number[]] = [[], []];
  const stops = (): boolean => {
    if (!early) return false;
    trainScore.push(-loss.mean(trainedScores));
    if (heldLoss) validationScore.push(-heldLoss.mean(heldScores));
    return hasStopped(heldLoss ? validationScore : trainScore, params);
  };
  const layout = layoutOf(bins, loss.constantHessian);
  const trees: Grown[] = [];
  const [gradients, hessians] = [scores, scores].map((each) => each.map(() => new Float32Array(trained))) as [Float32Array[], Float32Array[]];
  stops();
  for (let round = 0; round < params.maxIter; round++) {
    loss.derivatives(trainedScores, gradients, hessians);
    for (const [k, gradient] of gradients.entries()) {
      const derivatives = { gradient: wholeOf(gradient), hessian: loss.constantHessian ? undefined : wholeOf(hessians[k]!) };
      trees.push(growOne(bins, layout, derivatives, scores[k]!, params, signal));
    }
    if (stops()) break;
  }
  return {
    baseline,
    ...treesAsFields(trees, bins.columns),
    ...(early ? { trainScore: Float64Array.from(trainScore) } : {}),
    ...(heldLoss ? { validationScore: Float64Array.from(validationScore) } : {}),
  };
}

/** A tree, and what it says added to the scores. */
function growOne(bins: Binned, layout: Layout, derivatives: Derivatives, scores: Float64Array, params: BoostingParams, signal: AbortSignal): Grown {
  const { columns } = bins;
  const { gradient, hessian } = derivatives;
  const members = Uint32Array.from({ length: gradient.numbers.length }, (_, row) => row);
  // The order in which scikit-learn looks at columns: those of categories first.
  const order = [...columns.keys()].toSorted((a, b) => Number(!columns[a]!.levels) - Number(!columns[b]!.levels));
  const search = { ...params, columns, order, layout, gradientUnit: gradient.unit, hessianUnit: hessian?.unit ?? 1 };
  const count: Count = (rows, sums) => histogramOf(bins, layout, derivatives, rows, sums);
  const grown = grow(bins, members, sumsOf(derivatives, members), count, search, { ...params, signal });
  for (const { node, begin, end } of grown.leaves) for (const row of members.subarray(begin, end)) scores[row]! += grown.nodes[node]!.value;
  for (let row = members.length; row < scores.length; row++) scores[row]! += saidOf(grown, bins, row);
  return grown;
}

/** @throws E_DATA where no row is left that weighs anything */
function checkWeights(name: string, { name: dataset }: RowsOf, weights: ArrayLike<number> | undefined): void {
  if (!weights || Array.prototype.some.call(weights, (weight) => weight > 0)) return;
  throw new PipelineError('E_DATA', `${name}: all rows of ${dataset} that it trains on weigh 0.`, { hint: 'Give at least one of them a weight above 0.' });
}
