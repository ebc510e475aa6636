// Scores of a ranking: how well decision values put the positive class first. Ties count as one threshold.

/** One point a distinct score, from the highest down: rows and positives with at least that score. */
function thresholds(truth: ArrayLike<number>, scores: ArrayLike<number>): { readonly rows: number; readonly positives: number }[] {
  const order = Uint32Array.from({ length: truth.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const points: { rows: number; positives: number }[] = [];
  let positives = 0;
  order.forEach((row, i) => {
    positives += truth[row]!;
    const next = order[i + 1];
    if (next === undefined || scores[next] !== scores[row]) points.push({ rows: i + 1, positives });
  });
  return points;
}

/**
 * Area under the ROC curve (`roc_auc_score`); NaN when only one class is present.
 *
 * @param truth 1 for the positive class, `[rows]`
 * @param scores higher is more positive, `[rows]`
 */
export function rocAuc(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  const points = thresholds(truth, scores);
  const last = points.at(-1) ?? { rows: 0, positives: 0 };
  const negatives = last.rows - last.positives;
  let area = 0;
  let before = { rows: 0, positives: 0 };
  for (const point of points) {
    area += (point.rows - point.positives - before.rows + before.positives) * (point.positives + before.positives);
    before = point;
  }
  return area / (2 * negatives * last.positives);
}

/** Mean precision weighted by the gain in recall (`average_precision_score`); 0 without positives. */
export function averagePrecision(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  const points = thresholds(truth, scores);
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
