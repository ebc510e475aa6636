// What models of weights over features say of rows.
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { byRow } from './byRow.ts';
import { linearScores } from './linearScores.ts';

/** Weights over features as they are meant. */
export interface LinearFields {
  /** `[outputs][cols]` */
  readonly coef: readonly Float64Array[];
  /** `[outputs]` */
  readonly intercept: Float64Array;
}

/** @param options.precise as {@link linearScores} has it @returns `[rows][outputs]` */
export async function linearValues(
  { coef, intercept }: LinearFields,
  rows: RowsOf,
  context: Device,
  options: { readonly precise?: boolean } = {},
): Promise<Float64Array> {
  const columns = coef.map((own, output) => {
    const weights = new Float64Array(own.length + 1);
    weights.set(own);
    weights[own.length] = intercept[output]!;
    return { weights, scaling: rows.scaling };
  });
  return byRow(await linearScores(await context.compute(), rows, columns, options));
}
