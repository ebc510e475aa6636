// A column for each name.
import { categoriesOf } from '../../core/data/categories.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { eachColumn, inputColumns, levelsOf, positionsIn, type Level } from '../levels/columnValues.ts';
import { unknownLevel } from '../levels/unknownLevel.ts';

export interface OneHotOptions {
  /** `error` (default), or `ignore`: a name that no training row has is 0 in all columns. */
  readonly handleUnknown?: 'error' | 'ignore' | undefined;
}

const params = z.strictObject({
  handleUnknown: z.enum(['error', 'ignore']).default('error').describe('what becomes of a name that no training row has'),
} satisfies ShapeOf<OneHotOptions>);

/**
 * `sklearn.preprocessing.OneHotEncoder`: each column becomes one column for each name (or number) that the
 * training rows have in it, sorted. It is 1 in rows that have this name and 0 elsewhere. A gap is refused: fill it with `impute` first,
 * perhaps with a name that stands for missing.
 *
 * Rows `[rows, cols]` become `[rows, levels]`, with names such as `sex_male`; a model has `fields.levels`, a list for each column.
 *
 * @throws E_DATA for a gap, and for a name that no training row has
 * @example
 * chain(columns({ categories: [impute({ strategy: 'mostFrequent' }), oneHot({ handleUnknown: 'ignore' })] }), logisticRegression());
 */
export const oneHot = defineEstimator<OneHotOptions>()({
  name: 'oneHot',
  kind: 'transformer',
  takes: ['categories'],
  params,
  async train(rows, { handleUnknown }): Promise<Fields> {
    const levels: (readonly Level[])[] = [];
    for await (const column of eachColumn(rows)) levels.push(levelsOf(column, rows));
    return { levels, handleUnknown };
  },
  outputs: outputsOf,
  outputColumns(model) {
    const names = inputColumns(model);
    return model.levels.flatMap((own, j) => own.map((level) => `${names[j]}_${level}`));
  },
  async scores(model, rows) {
    const outputs = outputsOf(model);
    const out = new Float64Array(rows.rows.length * outputs);
    for await (const { row, columns } of onesOf(model, rows)) for (const column of columns) out[row * outputs + column] = 1;
    return out;
  },
  async sparse(model, rows) {
    const indptr = new Uint32Array(rows.rows.length + 1);
    const indices = new Uint32Array(rows.rows.length * model.levels.length);
    let end = 0;
    for await (const { row, columns } of onesOf(model, rows)) {
      indices.set(columns, end);
      indptr[row + 1] = end += columns.length;
    }
    return { rows: rows.rows.length, cols: outputsOf(model), dtype: 'f64', indptr, indices: indices.subarray(0, end), values: new Float64Array(end).fill(1) };
  },
});

export interface Fields {
  readonly levels: readonly (readonly Level[])[];
  readonly handleUnknown: 'error' | 'ignore';
  readonly columns?: readonly string[] | undefined;
}

function outputsOf({ levels }: Fields): number {
  return levels.reduce((sum, own) => sum + own.length, 0);
}

/** The columns that are 1 in each row, ascending. @throws E_DATA for a name that no training row has */
async function* onesOf(
  { levels, handleUnknown, columns }: Fields,
  rows: RowsOf,
): AsyncGenerator<{ readonly row: number; readonly columns: readonly number[] }, void> {
  const there = categoriesOf(rows.x);
  const positions = levels.map((own, j) => positionsIn(own, there?.[j]));
  const starts = levels.map((_, j) => outputsOf({ levels: levels.slice(0, j), handleUnknown }));
  for await (const { from, rows: here, cols, x } of featureBlocks(rows)) {
    for (let row = 0; row < here; row++) {
      const ones: number[] = [];
      for (let j = 0; j < cols; j++) {
        const value = x[row * cols + j]!;
        const position = positions[j]!(value);
        if (position >= 0) ones.push(starts[j]! + position);
        else if (handleUnknown === 'error') {
          throw unknownLevel('oneHot', rows, { row: from + row, column: j, columns, value, levels: levels[j]! }, "oneHot({ handleUnknown: 'ignore' })");
        }
      }
      yield { row: from + row, columns: ones };
    }
  }
}
