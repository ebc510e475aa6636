// What transforms have in common that keep some of the columns.
import type { Categories } from '../../core/data/matrix.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { inputColumns } from '../levels/columnValues.ts';

interface Keeping {
  /** Columns that stay, ascending or in the order that they are to have. */
  readonly kept: readonly number[];
}

/** How many there are, what they are called, and what names their codes mean. */
export const keeping = {
  outputs: ({ kept }: Keeping): number => kept.length,
  outputColumns(model: Keeping & { readonly cols: number; readonly columns?: readonly string[] | undefined }): readonly string[] {
    const names = inputColumns(model);
    return model.kept.map((column) => names[column]!);
  },
  outputCategories: ({ kept }: Keeping, there: Categories | undefined): Categories | undefined => {
    const own = kept.map((column) => there?.[column] ?? null);
    return own.some((names) => names) ? own : undefined;
  },
};

/** `[rows][kept]`. @param options.gaps whether a feature may be NaN */
export async function keptColumns({ kept }: Keeping, rows: RowsOf, options: { readonly gaps?: boolean } = {}): Promise<Float64Array> {
  const out = new Float64Array(rows.rows.length * kept.length);
  for await (const { from, rows: here, cols, x } of featureBlocks(rows, options)) {
    for (let row = 0; row < here; row++) kept.forEach((column, j) => (out[(from + row) * kept.length + j] = x[row * cols + column]!));
  }
  return out;
}
