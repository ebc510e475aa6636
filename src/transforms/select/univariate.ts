// How much one column tells of the target by itself, as scikit-learn scores it. NaN where that is not known: of a column that does not
// vary.
import { momentsOf } from '../levels/moments.ts';

/** Classes of rows: a code each, `[rows]`, from 0 to `count - 1`. */
export interface Codes {
  readonly codes: ArrayLike<number>;
  readonly count: number;
}

/** `f_classif`: how far the means of classes are apart, against how far rows are from the mean of their class. */
export function fClassif(values: Float64Array, { codes, count }: Codes): number {
  const { mean } = momentsOf(values);
  const { rows, sums } = byClass(values, { codes, count }, mean);
  const means = sums.map((sum, code) => sum / rows[code]!);
  const between = means.reduce((sum, own, code) => sum + rows[code]! * own ** 2, 0);
  const within = values.reduce((sum, value, row) => sum + (value - mean - means[codes[row]!]!) ** 2, 0);
  return between / (count - 1) / (within / (values.length - count));
}

/** `chi2`: how far the sums of a column over each class are from shares of its sum. @param values none below 0 */
export function chi2(values: Float64Array, classes: Codes): number {
  const { rows, sums } = byClass(values, classes, 0);
  const total = sums.reduce((sum, own) => sum + own, 0);
  return sums.reduce((sum, own, code) => {
    const expected = (total * rows[code]!) / values.length;
    return sum + (own - expected) ** 2 / expected;
  }, 0);
}

/** `f_regression`: from the correlation with the values to learn; 0 of a column that does not vary. */
export function fRegression(values: Float64Array, target: Float64Array): number {
  const [x, y] = [momentsOf(values), momentsOf(target)];
  const together = values.reduce((sum, value, row) => sum + (value - x.mean) * (target[row]! - y.mean), 0) / values.length;
  if (x.variance === 0 || y.variance === 0) return 0;
  const explained = (together / Math.sqrt(x.variance) / Math.sqrt(y.variance)) ** 2;
  return explained < 1 ? (explained / (1 - explained)) * (values.length - 2) : Number.MAX_VALUE;
}

/** Rows of each class, and sums of their values around a center. */
function byClass(values: Float64Array, { codes, count }: Codes, center: number): { readonly rows: Float64Array; readonly sums: Float64Array } {
  const rows = new Float64Array(count);
  const sums = new Float64Array(count);
  values.forEach((value, row) => {
    rows[codes[row]!]!++;
    sums[codes[row]!]! += value - center;
  });
  return { rows, sums };
}
