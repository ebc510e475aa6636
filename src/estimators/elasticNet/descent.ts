// The elastic net of one output, by coordinate descent on products of features (Friedman, Hastie and Tibshirani 2010), with gap safe
// screening (Fercoq, Gramfort and Salmon 2015), in the order and with the stops of scikit-learn 1.9. All in float64.
import { dot } from '../solver/vectors.ts';

/** The least of `w Q w / 2 - q w + l1 |w|_1 + l2 |w|^2 / 2`. */
export interface Net {
  /** Q: products of the features, `[cols][cols]`. */
  readonly products: Float64Array;
  /** q: their products with the target, `[cols]`. */
  readonly cross: Float64Array;
  /** Sum of the squares of the target. */
  readonly squares: number;
  readonly l1: number;
  readonly l2: number;
  /** No weight below 0. */
  readonly positive: boolean;
  readonly tol: number;
  readonly maxIter: number;
}

export interface Descended {
  readonly weights: Float64Array;
  /** Passes over the columns. */
  readonly nIter: number;
  /** How far the objective is from the least at most. */
  readonly gap: number;
  readonly converged: boolean;
}

export function descend(net: Net): Descended {
  const { products, cross, squares, l1, l2, positive, tol, maxIter } = net;
  const cols = cross.length;
  const weights = new Float64Array(cols);
  /** Q w. */
  const image = new Float64Array(cols);
  const move = (j: number, to: number): void => {
    const by = to - weights[j]!;
    if (by === 0) return;
    weights[j] = to;
    for (let i = 0; i < cols; i++) image[i]! += by * products[j * cols + i]!;
  };
  const enough = tol * squares;
  let state = gapOf(net, weights, image);
  if (state.gap >= 0 && state.gap <= enough) return { weights, nIter: 0, gap: state.gap, converged: true };

  let active = Array.from({ length: cols }, (_, j) => j).filter((j) => products[j * cols + j]! > 0);
  // Columns that can have no weight at the least are left out for good.
  const screen = (): void => {
    if (l1 === 0) return;
    const radius = Math.sqrt(2 * Math.abs(state.gap)) / l1;
    active = active.filter((j) => {
      const kept = (1 - Math.abs(state.slopes[j]! / Math.max(l1, state.steepest))) / Math.sqrt(products[j * cols + j]! + l2) <= radius;
      if (!kept) move(j, 0);
      return kept;
    });
  };
  screen();

  for (let nIter = 1; nIter <= maxIter; nIter++) {
    let largest = 0;
    let moved = 0;
    for (const j of active) {
      const before = weights[j]!;
      const own = products[j * cols + j]!;
      const slope = cross[j]! - image[j]! + before * own;
      move(j, positive && slope < 0 ? 0 : (Math.sign(slope) * Math.max(Math.abs(slope) - l1, 0)) / (own + l2));
      largest = Math.max(largest, Math.abs(weights[j]!));
      moved = Math.max(moved, Math.abs(weights[j]! - before));
    }
    if (largest > 0 && moved / largest > tol && nIter < maxIter) continue;
    state = gapOf(net, weights, image);
    if (state.gap <= enough) return { weights, nIter, gap: state.gap, converged: true };
    screen();
  }
  return { weights, nIter: maxIter, gap: state.gap, converged: false };
}

interface Gap {
  readonly gap: number;
  /** Slopes of the squared error and the L2 penalty, `[cols]`, and the steepest of them that counts. */
  readonly slopes: Float64Array;
  readonly steepest: number;
}

/** The duality gap; without an L1 penalty in its other form, and without any penalty the squared slope. */
function gapOf({ cross, squares, l1, l2, positive }: Net, weights: Float64Array, image: Float64Array): Gap {
  const fit = dot(weights, cross);
  const residual = squares + dot(weights, image) - 2 * fit;
  const size = dot(weights, weights);
  if (l1 === 0) {
    const slopes = cross.map((value, j) => value - image[j]!);
    const steep = dot(slopes, slopes);
    const gap = l2 === 0 ? steep : residual + (l2 * size) / 2 - (squares - fit) + steep / (2 * l2);
    return { gap, slopes, steepest: steep };
  }
  const slopes = cross.map((value, j) => value - image[j]! - l2 * weights[j]!);
  const steepest = slopes.reduce((most, slope) => Math.max(most, positive ? slope : Math.abs(slope)), positive ? -Infinity : 0);
  const scale = steepest > l1 ? l1 / steepest : 1;
  const absolute = weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
  const gap = ((1 + scale * scale) * (residual + l2 * size)) / 2 + l1 * absolute - scale * (squares - fit);
  return { gap, slopes, steepest };
}
