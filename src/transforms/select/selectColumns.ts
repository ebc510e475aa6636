// Columns by name.
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { inputColumns } from '../levels/columnValues.ts';
import { checkFinite } from '../values/eachValue.ts';
import { keeping, keptColumns } from './kept.ts';

export interface SelectColumnsOptions {
  /** Names of columns, in the order that they are to have; `x0`, `x1` ... where they have none. Default: all. */
  readonly columns?: readonly string[] | undefined;
}

const params = z.strictObject({
  columns: z.array(z.string()).min(1, { error: 'needs the name of a column' }).optional().describe('names of the columns that stay'),
} satisfies ShapeOf<SelectColumnsOptions>);

/**
 * Keeps the columns that are named, as `sklearn.compose.ColumnTransformer([('kept', 'passthrough', [...])])` does, so that a grid can
 * compare choices of features. (To choose columns once, when a table is read, say `table(...).features(...)`.)
 *
 * Rows `[rows, cols]` become `[rows, columns]`; columns of names stay columns of names.
 *
 * @throws E_PARAMS, when checked or trained, for a column that the rows do not have, and for one that is named twice
 * @example
 * const estimator = chain(selectColumns(), standardize(), logisticRegression());
 * gridSearch(estimator, { 'selectColumns.columns': [['bill_length', 'body_mass'], ['bill_length', 'bill_depth']] }, { folds: 5 });
 */
export const selectColumns = defineEstimator<SelectColumnsOptions>()({
  name: 'selectColumns',
  kind: 'transformer',
  takes: ['gaps', 'categories'],
  params,
  async train(rows, { columns }) {
    const kept = positionsOf(columns, rows.name, inputColumns({ cols: rows.x.cols, columns: rows.columns }));
    await checkFinite(rows, { gaps: true });
    return { kept };
  },
  ...keeping,
  remake(rows, { columns = rows.columns }) {
    if (rows.columns && columns) positionsOf(columns, rows.name, rows.columns);
    return { ...rows, cols: columns?.length, columns, dtype: 'f64', categories: rows.categories?.filter((name) => columns?.includes(name) ?? true) };
  },
  scores: (model, rows) => keptColumns(model, rows, { gaps: true }),
});

function positionsOf(wanted: readonly string[] | undefined, name: string, there: readonly string[]): readonly number[] {
  if (wanted === undefined) return [...there.keys()];
  const twice = wanted.find((one, i) => wanted.indexOf(one) !== i);
  if (twice !== undefined) {
    throw new PipelineError('E_PARAMS', `selectColumns: column '${twice}' is named twice.`, { hint: 'Name each column once.' });
  }
  return wanted.map((one) => {
    const column = there.indexOf(one);
    if (column >= 0) return column;
    throw new PipelineError('E_PARAMS', `selectColumns: ${name} has no column '${one}'.`, { hint: didYouMean(one, there, 'Columns') });
  });
}
