// Platt's sigmoid: 1 / (1 + exp(a * said + b)), by maximum likelihood of targets that are a little inside 0 and 1. Source: Platt (1999),
// as sklearn/calibration.py has it; solved by Newton steps, as Lin, Lin and Weng (2007) do.

export interface Sigmoid {
  readonly a: number;
  readonly b: number;
}

const MOST_STEPS = 100;
/** Beyond it, what is said is brought into the range that exponentials take well. */
const LARGE = 30;

/**
 * @param said of each row, `[rows]` @param positive 1 for rows of the class, `[rows]`
 * @param weights of the rows, `[rows]`; absent for 1 each
 */
export function sigmoidOf(said: Float64Array, positive: Uint8Array, weights?: Float32Array): Sigmoid {
  const largest = said.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = largest >= LARGE ? largest : 1;
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  const totals = [0, 0] as [number, number];
  positive.forEach((bit, row) => (totals[bit]! += weightOf(row)));
  const targets = [1 / (totals[0] + 2), (totals[1] + 1) / (totals[1] + 2)] as const;
  const lossAt = (a: number, b: number): number => {
    let sum = 0;
    for (let row = 0; row < said.length; row++) {
      const z = -(a * (said[row]! / scale) + b);
      sum += weightOf(row) * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - targets[positive[row] as 0]! * z);
    }
    return sum;
  };
  let [a, b] = [0, Math.log((totals[0] + 1) / (totals[1] + 1))];
  let loss = lossAt(a, b);
  for (let step = 0; step < MOST_STEPS; step++) {
    let [ga, gb, aa, ab, bb] = [0, 0, 1e-12, 0, 1e-12];
    for (let row = 0; row < said.length; row++) {
      const f = said[row]! / scale;
      const share = 1 / (1 + Math.exp(a * f + b));
      const [pull, curve] = [weightOf(row) * (targets[positive[row] as 0]! - share), weightOf(row) * share * (1 - share)];
      ga += pull * f;
      gb += pull;
      aa += curve * f * f;
      ab += curve * f;
      bb += curve;
    }
    const determinant = aa * bb - ab * ab;
    const [da, db] = [-(bb * ga - ab * gb) / determinant, -(aa * gb - ab * ga) / determinant];
    const slope = ga * da + gb * db;
    let [length, next] = [1, lossAt(a + da, b + db)];
    while (!(next <= loss + 1e-4 * length * slope) && length > 1e-10) {
      length /= 2;
      next = lossAt(a + length * da, b + length * db);
    }
    if (!(next < loss)) break; // as near as rounding lets it come
    [a, b, loss] = [a + length * da, b + length * db, next];
  }
  return { a: a / scale, b };
}

export function onSigmoid({ a, b }: Sigmoid, said: number): number {
  return 1 / (1 + Math.exp(a * said + b));
}
