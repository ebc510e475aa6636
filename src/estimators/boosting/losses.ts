// Losses of boosting and their derivatives by the scores, as scikit-learn 1.9 has them (_loss/_loss.pyx.tp): computed in float64,
// rounded to f32.

/** `[score][rows]`, as all lists of scores here. */
type ByScore<A> = readonly A[];

/** A loss of some rows. */
export interface Loss {
  /** Scores of a row. */
  readonly scores: number;
  /** Whether second derivatives are 1 for every row, and are not asked for. */
  readonly constantHessian: boolean;
  /** What every row begins with: the best that is said of all alike, `[scores]`. */
  baseline(): Float64Array;
  derivatives(scores: ByScore<Float64Array>, gradients: ByScore<Float32Array>, hessians: ByScore<Float32Array>): void;
  /** What each row adds to the loss, its weight included. */
  rowLoss(scores: ByScore<Float64Array>): (row: number) => number;
  /** What a leaf adds to the scores of its rows, for a loss of which a Newton step is not the best. */
  readonly leaf?: ((rows: Uint32Array, scores: Float64Array) => number) | undefined;
}

/** Makes the loss of rows of their target, and of their weights where they have such. */
export type LossOf = (truth: ArrayLike<number>, weights: ArrayLike<number> | undefined) => Loss;

/** Half the squared distance. */
const squaredError: LossOf = (truth, weights) => ({
  scores: 1,
  constantHessian: weights === undefined,
  baseline: () => Float64Array.of(meanOf(truth.length, (row) => truth[row]!, weights)),
  derivatives([scores], [gradient], [hessian]) {
    for (let row = 0; row < truth.length; row++) {
      const weight = weights?.[row] ?? 1;
      gradient![row] = (scores![row]! - truth[row]!) * weight;
      hessian![row] = weight;
    }
  },
  rowLoss: ([scores]) => weighted((row) => 0.5 * (scores![row]! - truth[row]!) * (scores![row]! - truth[row]!), weights),
});

/** The distance. Of the derivatives only signs are left, so leaves take the median of what is still missing. */
const absoluteError: LossOf = (truth, weights) => ({
  scores: 1,
  constantHessian: weights === undefined,
  baseline: () => Float64Array.of(medianOf(Float64Array.from(truth), weights)),
  derivatives([scores], [gradient], [hessian]) {
    for (let row = 0; row < truth.length; row++) {
      const weight = weights?.[row] ?? 1;
      gradient![row] = scores![row]! > truth[row]! ? weight : -weight;
      hessian![row] = weight;
    }
  },
  rowLoss: ([scores]) => weighted((row) => Math.abs(scores![row]! - truth[row]!), weights),
  leaf: (rows, scores) =>
    medianOf(
      Float64Array.from(rows, (row) => truth[row]! - scores[row]!),
      weights && Float64Array.from(rows, (row) => weights[row]!),
    ),
});

/** Half the Poisson deviance, without what depends on no score: means are exp(score). */
const poisson: LossOf = (truth, weights) => ({
  scores: 1,
  constantHessian: false,
  baseline: () =>
    Float64Array.of(
      Math.log(
        Math.max(
          10 * Number.EPSILON,
          meanOf(truth.length, (row) => truth[row]!, weights),
        ),
      ),
    ),
  derivatives([scores], [gradient], [hessian]) {
    for (let row = 0; row < truth.length; row++) {
      const mean = Math.exp(scores![row]!);
      const weight = weights?.[row] ?? 1;
      gradient![row] = (mean - truth[row]!) * weight;
      hessian![row] = mean * weight;
    }
  },
  rowLoss: ([scores]) => weighted((row) => Math.exp(scores![row]!) - truth[row]! * scores![row]!, weights),
});

/** Log loss of two classes: the truth is 0 or 1, and a score the log of the odds of 1. */
const binomial: LossOf = (truth, weights) => ({
  scores: 1,
  constantHessian: false,
  baseline() {
    const least = 10 * Number.EPSILON;
    const share = Math.min(
      1 - least,
      Math.max(
        least,
        meanOf(truth.length, (row) => truth[row]!, weights),
      ),
    );
    return Float64Array.of(Math.log(share / (1 - share)));
  },
  derivatives([scores], [gradient], [hessian]) {
    for (let row = 0; row < truth.length; row++) {
      const [score, own, weight] = [scores![row]!, truth[row]!, weights?.[row] ?? 1];
      if (score > -37) {
        const other = Math.exp(-score);
        gradient![row] = ((1 - own - own * other) / (1 + other)) * weight;
        hessian![row] = (other / ((1 + other) * (1 + other))) * weight;
      } else {
        const odds = Math.exp(score);
        gradient![row] = (odds - own) * weight;
        hessian![row] = odds * weight;
      }
    }
  },
  rowLoss: ([scores]) => weighted((row) => softplus(scores![row]!) - truth[row]! * scores![row]!, weights),
});

/** Log loss of several classes, of which the truth is the code; scores are logs of probabilities, up to a sum. */
const multinomial =
  (classes: number): LossOf =>
  (truth, weights) => ({
    scores: classes,
    constantHessian: false,
    baseline() {
      const logs = Float64Array.from({ length: classes }, (_, code) => {
        const share = meanOf(truth.length, (row) => Number(truth[row] === code), weights);
        return Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, share)));
      });
      const middle = logs.reduce((sum, log) => sum + log, 0) / classes;
      return logs.map((log) => log - middle);
    },
    derivatives(scores, gradients, hessians) {
      const shares = new Float64Array(classes);
      for (let row = 0; row < truth.length; row++) {
        sharesOf(scores, row, shares);
        const weight = weights?.[row] ?? 1;
        for (let code = 0; code < classes; code++) {
          const share = shares[code]!;
          gradients[code]![row] = (share - Number(truth[row] === code)) * weight;
          hessians[code]![row] = share * (1 - share) * weight;
        }
      }
    },
    rowLoss(scores) {
      const shares = new Float64Array(classes);
      return weighted((row) => {
        const { most, sum } = sharesOf(scores, row, shares);
        return Math.log(sum) + most - scores[truth[row]!]![row]!;
      }, weights);
    },
  });

const LOSSES = { squaredError, absoluteError, poisson, binomial };

/** Which loss, by name, as shards know it too. */
export type LossName = keyof typeof LOSSES | 'multinomial';

/** @param classes of 'multinomial' */
export function lossCalled(name: LossName, classes: number): LossOf {
  return name === 'multinomial' ? multinomial(classes) : LOSSES[name];
}

/** Probabilities of the classes, of the scores of a row. */
function sharesOf(scores: ByScore<Float64Array>, row: number, shares: Float64Array): { readonly most: number; readonly sum: number } {
  let [most, sum] = [scores[0]![row]!, 0];
  for (const own of scores) if (own[row]! > most) most = own[row]!;
  for (let code = 0; code < shares.length; code++) {
    shares[code] = Math.exp(scores[code]![row]! - most);
    sum += shares[code]!;
  }
  for (let code = 0; code < shares.length; code++) shares[code]! /= sum;
  return { most, sum };
}

/** log(1 + exp(x)) */
function softplus(x: number): number {
  if (x <= -37) return Math.exp(x);
  if (x <= -2) return Math.log1p(Math.exp(x));
  if (x <= 18) return Math.log(1 + Math.exp(x));
  return x <= 33.3 ? x + Math.exp(-x) : x;
}

function weighted(of: (row: number) => number, weights: ArrayLike<number> | undefined): (row: number) => number {
  return weights ? (row) => of(row) * weights[row]! : of;
}

/** What sums lose is kept (Neumaier), so that the order of rows says nothing. */
export function sumOf(from: number, end: number, of: (row: number) => number): number {
  let [sum, lost] = [0, 0];
  for (let row = from; row < end; row++) {
    const term = of(row);
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}

function meanOf(rows: number, of: (row: number) => number, weights: ArrayLike<number> | undefined): number {
  return sumOf(0, rows, weighted(of, weights)) / weightOf(rows, weights);
}

export function weightOf(rows: number, weights: ArrayLike<number> | undefined): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += weights?.[row] ?? 1;
  return sum;
}

/** The value in the middle, or the mean of the two there; with weights, the first up to which half of them are. */
function medianOf(values: Float64Array, weights: ArrayLike<number> | undefined): number {
  if (!weights) {
    const [sorted, middle] = [values.toSorted(), values.length >> 1];
    return values.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  }
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const half = 0.5 * order.reduce((sum, at) => sum + weights[at]!, 0);
  let sum = 0;
  return values[order.find((at) => (sum += weights[at]!) >= half) ?? order.at(-1)!]!;
}
