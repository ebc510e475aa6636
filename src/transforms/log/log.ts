// Logarithms of features.
import { columnCalled } from '../../core/data/columns.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { inputColumns } from '../levels/columnValues.ts';
import { checkFinite, eachValue } from '../values/eachValue.ts';

export interface LogOptions {
  /** Added to each value first; 1 for columns that hold zeros (numpy's `log1p`). Default 0. */
  readonly offset?: number | undefined;
}

const params = z.strictObject({
  offset: z.number().default(0).describe('what is added to each value first'),
} satisfies ShapeOf<LogOptions>);

/**
 * `sklearn.preprocessing.FunctionTransformer(np.log)`: natural logarithms, `log(offset + x)`; with an `offset` of 1, `np.log1p`. For
 * amounts that differ by factors, such as prices. {@link power} finds for itself how far to bend a column, and takes any number.
 *
 * Rows `[rows, cols]` become `[rows, cols]`; columns keep their names.
 *
 * @throws E_DATA for a value of `-offset` or less
 * @example
 * chain(columns({ price: [log(), standardize()], visits: [log({ offset: 1 }), standardize()] }), logisticRegression());
 */
export const log = defineEstimator<LogOptions>()({
  name: 'log',
  kind: 'transformer',
  params,
  async train(rows, { offset }) {
    await checkFinite(rows);
    return { offset, cols: rows.x.cols };
  },
  outputs: ({ cols }) => cols,
  outputColumns: inputColumns,
  scores: ({ offset, columns }, rows) =>
    eachValue(rows, (value, column, row) => {
      if (offset + value > 0) return offset === 1 ? Math.log1p(value) : Math.log(offset + value);
      const plus = offset === 0 ? '' : ` with an offset of ${offset}`;
      throw new PipelineError(
        'E_DATA',
        `log: row ${rows.rows[row]} of ${rows.name} has ${value} in ${columnCalled(column, columns)}; there is no logarithm of it${plus}.`,
        {
          hint: offset === 0 && value === 0 ? 'Say log({ offset: 1 }), or use power().' : 'Use power(), which takes any number, or leave the column out.',
        },
      );
    }),
});
