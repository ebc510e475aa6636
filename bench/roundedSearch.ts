// A search for one model of the figures in float64, with some of what f32 does on a device: which of it a search feels.
import { lbfgsb, type Answer } from '../src/estimators/solver/lbfgsb.ts';
import { dataOf, type FitRow } from '../test/support/logisticFits.ts';

/** What may be rounded to f32: directions, their products with rows, margins, residuals and changes of a row, and sums over rows. */
export const SOURCES = ['directions', 'products', 'margins', 'residuals', 'sums'] as const;
export type Source = (typeof SOURCES)[number];

type Round = (value: number) => number;
const exactly: Round = (value) => value;

/** Rows whose sums are f32 before they are added in float64: of losses, and of gradients. */
const [LOSS_RUN, GRADIENT_RUN] = [16, 256];

/** Rows, weights and penalty of a row of the figures. */
function problemOf(row: FitRow) {
  const { x, labels, weights } = dataOf(row) as ReturnType<typeof dataOf> & { readonly weights?: Float32Array };
  const { C = 1, class_weight, fit_intercept = true } = row.params;
  const classes = [...new Set(labels)].toSorted((a, b) => a - b);
  const counted = Float64Array.from(labels, (_, i) => weights?.[i] ?? 1);
  if (class_weight) {
    const sums = classes.map((label) => counted.reduce((sum, weight, i) => sum + (labels[i] === label ? weight : 0), 0));
    const total = sums.reduce((a, b) => a + b, 0);
    counted.forEach((weight, i) => (counted[i] = (weight * total) / (classes.length * sums[classes.indexOf(labels[i]!)]!)));
  }
  const weightSum = counted.reduce((a, b) => a + b, 0);
  return { x: x.data as Uint8Array | Float32Array, cols: x.cols, labels, classes, weights: counted, weightSum, penalty: 1 / (C * weightSum), fit_intercept };
}

/** The largest entry of the gradient at a model, in float64. */
export function largestGradientAt(row: FitRow, coef: readonly ArrayLike<number>[], intercept: readonly number[]): number {
  const { x, cols, labels, classes, weights, weightSum, penalty, fit_intercept } = problemOf(row);
  const gradient = coef.map(() => new Float64Array(cols + 1));
  for (let i = 0; i < labels.length; i++) {
    const scores = coef.map((column, c) => {
      let sum = intercept[c]!;
      for (let j = 0; j < cols; j++) sum += column[j]! * x[i * cols + j]!;
      return sum;
    });
    const each = scores.length === 1 ? [0, scores[0]!] : scores;
    const most = Math.max(...each);
    const total = each.reduce((sum, score) => sum + Math.exp(score - most), 0);
    gradient.forEach((own, c) => {
      const code = scores.length === 1 ? 1 : c;
      const residual = weights[i]! * (Math.exp(each[code]! - most) / total - (labels[i] === classes[code] ? 1 : 0));
      for (let j = 0; j < cols; j++) own[j]! += residual * x[i * cols + j]!;
      own[cols]! += residual;
    });
  }
  const entries = gradient.flatMap((own, c) => Array.from(own, (sum, j) => sum / weightSum + (j < cols ? penalty * coef[c]![j]! : 0)));
  return entries.reduce((most, entry, at) => (at % (cols + 1) === cols && !fit_intercept ? most : Math.max(most, Math.abs(entry))), 0);
}

/** @param row of two classes */
export function roundedSearch(row: FitRow, rounded: ReadonlySet<Source>): { readonly iterations: number; readonly left: number } {
  const { x, cols, labels, classes, weights, weightSum, penalty, fit_intercept } = problemOf(row);
  const [direct, product, margin, residual, summed] = SOURCES.map((source): Round => (rounded.has(source) ? Math.fround : exactly)) as [
    Round,
    Round,
    Round,
    Round,
    Round,
  ];
  const count = labels.length;
  const width = cols + (fit_intercept ? 1 : 0);
  const away = Float64Array.from(labels, (label) => (label === classes[1] ? -1 : 1));
  const margins = new Float64Array(count);
  const products = new Float64Array(count);
  let [origin, direction] = [new Float64Array(width), new Float64Array(width)];
  let [step, sum, change] = [0, weightSum * Math.log(2), 0];
  const pulled = (values: Float64Array): Float64Array => values.map((value, j) => (j < cols ? penalty * value : 0));
  const moved = (i: number): number => margin(step * products[i]!);
  const residualOf = (i: number): number => residual((weights[i]! * away[i]!) / (1 + Math.exp(-away[i]! * margin(margins[i]! + moved(i)))));
  const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

  /** Margins take the last step along the direction before. */
  const turn = (ask: { readonly origin: Float64Array; readonly direction: Float64Array }): void => {
    sum += change;
    for (let i = 0; i < count; i++) margins[i] = margin(margins[i]! + moved(i));
    [origin, direction] = [Float64Array.from(ask.origin), Float64Array.from(ask.direction, direct)];
    for (let i = 0; i < count; i++) {
      let total = 0;
      for (let j = 0; j < cols; j++) total = product(total + x[i * cols + j]! * direction[j]!);
      products[i] = product(total + (direction[cols] ?? 0));
    }
    [step, change] = [0, 0];
  };
  const trial = (): Answer => {
    let [slope, lost, along] = [0, 0, 0];
    change = 0;
    for (let i = 0; i < count; i++) {
      const [before, by] = [away[i]! * margins[i]!, away[i]! * moved(i)];
      lost = summed(lost + residual(weights[i]! * (softplus(before + by) - softplus(before))));
      along = summed(along + residualOf(i) * products[i]!);
      if (i % LOSS_RUN < LOSS_RUN - 1 && i < count - 1) continue;
      change += lost;
      slope += along;
      [lost, along] = [0, 0];
    }
    const point = origin.map((value, j) => value + step * direction[j]!);
    const pull = pulled(point);
    const value = (sum + change) / weightSum + 0.5 * point.reduce((total, at, j) => total + at * pull[j]!, 0);
    return { value, slope: slope / weightSum + direction.reduce((total, at, j) => total + at * pull[j]!, 0) };
  };
  const gradient = (point: Float64Array): Float64Array => {
    const [total, part] = [pulled(point), new Float64Array(width)];
    for (let i = 0; i < count; i++) {
      const own = residualOf(i);
      for (let j = 0; j < width; j++) part[j] = summed(part[j]! + own * (j < cols ? x[i * cols + j]! : 1));
      if (i % GRADIENT_RUN < GRADIENT_RUN - 1 && i < count - 1) continue;
      part.forEach((value, j) => (total[j]! += value / weightSum));
      part.fill(0);
    }
    return total;
  };

  const solver = lbfgsb(new Float64Array(width), { gradientTolerance: row.params.tol ?? 1e-4, maxIter: row.params.max_iter ?? 100 });
  for (let next = solver.next(undefined); ;) {
    if (next.done) {
      const { x: found, iterations } = next.value;
      return { iterations, left: largestGradientAt(row, [found.subarray(0, cols)], [found[cols] ?? 0]) };
    }
    const ask = next.value;
    if (ask.kind === 'direction') {
      turn(ask);
      next = solver.next(undefined);
    } else if (ask.kind === 'trial') {
      step = ask.step;
      next = solver.next(trial());
    } else next = solver.next(gradient(ask.point));
  }
}
