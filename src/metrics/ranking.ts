// Scores of a ranking: how well decision values put the positive class first. Ties count as one threshold.
import type { CurvePoint } from '../core/events.ts';

interface Point {
  readonly score: number;
  readonly rows: number;
  readonly positives: number;
}

/** One point per distinct score, from the highest down: rows and positives with at least that score, by their weights. */
export function thresholds(truth: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): Point[] {
  let order = Uint32Array.from({ length: truth.length }, (_, i) => i);
  // Rows that weigh nothing are no thresholds.
  if (weights) order = order.filter((row) => weights[row] !== 0);
  order.sort((a, b) => scores[b]! - scores[a]!);
  const points: Point[] = [];
  let [rows, positives] = [0, 0];
  order.forEach((row, i) => {
    const weight = weights ? weights[row]! : 1;
    rows += weight;
    positives += weight * truth[row]!;
    const next = order[i + 1];
    if (next === undefined || scores[next] !== scores[row]) points.push({ score: scores[row]!, rows, positives });
  });
  return points;
}

/**
 * Area under the ROC curve (`roc_auc_score`); NaN when only one class is present.
 *
 * @param truth 1 for the positive class, `[rows]`
 * @param scores higher is more positive, `[rows]`
 */
export function rocAuc(truth: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): number {
  return areaUnder(thresholds(truth, scores, weights));
}

function areaUnder(points: readonly Point[]): number {
  const last: Omit<Point, 'score'> = points.at(-1) ?? { rows: 0, positives: 0 };
  const negatives = last.rows - last.positives;
  let area = 0;
  let before: Omit<Point, 'score'> = { rows: 0, positives: 0 };
  for (const point of points) {
    area += (point.rows - point.positives - before.rows + before.positives) * (point.positives + before.positives);
    before = point;
  }
  return area / (2 * negatives * last.positives);
}

/** Mean precision weighted by the gain in recall (`average_precision_score`); 0 without positives. */
export function averagePrecision(truth: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): number {
  return meanPrecision(thresholds(truth, scores, weights));
}

function meanPrecision(points: readonly Point[]): number {
  const positives = points.at(-1)?.positives ?? 0;
  if (positives === 0) return 0;
  let sum = 0;
  let before = 0;
  for (const point of points) {
    sum += ((point.positives - before) / positives) * (point.positives / point.rows);
    before = point.positives;
  }
  return sum;
}

/** How many points a curve is drawn with. */
const CURVE_POINTS = 400;

/** A curve to be drawn, and the areas under all of its points. */
export interface DrawnCurve {
  readonly points: readonly CurvePoint[];
  readonly rocAuc: number;
  readonly averagePrecision: number;
}

/**
 * The ROC and precision-recall curves, thresholds falling, both ends included. There are at most a few hundred points: thresholds
 * are left out where the curve is straight or almost straight. The model's own threshold, the last score above zero, is always
 * included.
 *
 * @param truth 1 for the positive class, `[rows]`
 * @param scores higher is more positive, `[rows]`
 * @param most about how many points there are at most
 */
export function curveOf(truth: ArrayLike<number>, scores: ArrayLike<number>, most = CURVE_POINTS): DrawnCurve {
  const all = thresholds(truth, scores);
  return { points: thinned(all, most), rocAuc: areaUnder(all), averagePrecision: meanPrecision(all) };
}

function thinned(points: readonly Point[], most: number): readonly CurvePoint[] {
  const all = points.map(({ score, rows, positives }) => ({ threshold: score, truePositives: positives, falsePositives: rows - positives }));
  if (all.length <= most) return all;
  // Steps along the curve itself, each class measured by its own size, so that corners keep their points.
  const last = all.at(-1)!;
  const along = ({ truePositives, falsePositives }: CurvePoint): number => truePositives / last.truePositives + falsePositives / last.falsePositives;
  const kept: CurvePoint[] = [];
  const decided = all.findLast(({ threshold }) => threshold > 0);
  for (const point of all) if (kept.length === 0 || point === decided || along(point) - along(kept.at(-1)!) >= 2 / most) kept.push(point);
  if (kept.at(-1) !== last) kept.push(last);
  return kept;
}

/**
 * How far probabilities can be believed (`calibration_curve`): of rows in equal ranges of probability, from the lowest up, the mean
 * probability and the share of positives. Ranges without rows are left out, and so are rows whose probability is NaN.
 *
 * @param truth 1 for the positive class, `[rows]`
 * @param probabilities of the positive class, `[rows]`
 */
export function calibrationBins(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  bins = 10,
): readonly { readonly predicted: number; readonly share: number; readonly rows: number }[] {
  const sums = Array.from({ length: bins }, () => ({ predicted: 0, positives: 0, rows: 0 }));
  for (let row = 0; row < truth.length; row++) {
    // What lies on an edge belongs to the range below it.
    const value = probabilities[row]!;
    if (Number.isNaN(value)) continue;
    let at = Math.min(bins - 1, Math.max(0, Math.ceil(value * bins) - 1));
    // The edges are those of numpy's linspace, and the product above may have been rounded across one.
    if (at > 0 && value <= at * (1 / bins)) at--;
    else if (at < bins - 1 && value > (at + 1) * (1 / bins)) at++;
    const bin = sums[at]!;
    bin.predicted += value;
    bin.positives += truth[row]!;
    bin.rows++;
  }
  return sums.flatMap(({ predicted, positives, rows }) => (rows === 0 ? [] : [{ predicted: predicted / rows, share: positives / rows, rows }]));
}
