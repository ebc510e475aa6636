// How rows vary within their classes, in float64 on the host: where classes lie so far apart, for how little their rows vary, that sums
// around one middle lose it.
import { weightsOf } from '../../core/data/dataset.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import type { TrainingRows } from '../define/define.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';

/** Of features as they are meant, of one class. */
export interface Varying {
  readonly weight: number;
  /** `[cols]` */
  readonly mean: Float64Array;
  /** Weighted sums of products around it, `[cols][cols]`; of all classes, each around its own, where they are taken together. */
  readonly products: Float64Array;
}

/** Of a sum of squares what is left of it around the means: less has lost too many digits. */
const LEAST_LEFT = 1e-8;

/** @param before sum of a column's squares, and around the means what is `left` of it */
export function cancels(left: number, before: number): boolean {
  return left < LEAST_LEFT * before;
}

/** Rows between two looks at whether others wait. */
const TURN_ROWS = 64;

/**
 * Two passes over the rows, of all but those held out.
 *
 * @param rows with the scaling of the model
 * @param options.together products of all classes are one sum, whatever their number
 */
export async function varyingOnHost(
  rows: TrainingRows<'classifier'>,
  folds: Folds | undefined,
  heldOut: number | undefined,
  options: { readonly together?: boolean } = {},
): Promise<readonly Varying[]> {
  const { cols } = rows.x;
  const weights = weightsOf(rows);
  const kept = Uint32Array.from(rows.rows.keys()).filter((row) => heldOut === undefined || folds!.fold[row] !== heldOut);
  const data = { ...rows, rows: kept.map((row) => rows.rows[row]!) };
  // Around a row of the class, so that columns that are constant there are exactly so.
  const first: (Float64Array | undefined)[] = rows.classes.map(() => undefined);
  const sums = rows.classes.map(() => new Float64Array(cols));
  const weight = rows.classes.map(() => 0);
  for await (const { x, from, rows: count } of featureBlocks(data)) {
    for (let i = 0; i < count; i++) {
      const position = kept[from + i]!;
      const [code, counts] = [rows.codes[position]!, weights?.[position] ?? 1];
      const anchor = (first[code] ??= x.slice(i * cols, (i + 1) * cols));
      weight[code]! += counts;
      for (let j = 0; j < cols; j++) sums[code]![j]! += counts * (x[i * cols + j]! - anchor[j]!);
    }
  }
  const moved = sums.map((own, code) => own.map((sum) => (weight[code]! > 0 ? sum / weight[code]! : 0)));
  const all = options.together ? new Float64Array(cols * cols) : undefined;
  const products = rows.classes.map(() => all ?? new Float64Array(cols * cols));
  const away = new Float64Array(cols);
  for await (const { x, from, rows: count } of featureBlocks(data)) {
    for (let i = 0; i < count; i++) {
      if (i % TURN_ROWS === 0) await letOthersIn();
      const position = kept[from + i]!;
      const [code, counts] = [rows.codes[position]!, weights?.[position] ?? 1];
      for (let j = 0; j < cols; j++) away[j] = x[i * cols + j]! - first[code]![j]! - moved[code]![j]!;
      const own = products[code]!;
      for (let j = 0; j < cols; j++) for (let k = 0; k < cols; k++) own[j * cols + k]! += counts * away[j]! * away[k]!;
    }
  }
  return rows.classes.map((_, code) => ({
    weight: weight[code]!,
    mean: Float64Array.from({ length: cols }, (_, j) => (first[code]?.[j] ?? 0) + moved[code]![j]!),
    products: products[code]!,
  }));
}
