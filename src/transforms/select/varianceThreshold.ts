// Leaves out columns that hardly vary.
import { columnCalled } from '../../core/data/columns.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { eachColumn } from '../levels/columnValues.ts';
import { momentsOf } from '../levels/moments.ts';
import { keeping, keptColumns } from './kept.ts';

export interface VarianceThresholdOptions {
  /** Columns whose variance over the training rows is no more than this are left out. Default 0: constant columns. */
  readonly threshold?: number | undefined;
}

const params = z.strictObject({
  threshold: z.number().min(0).default(0).describe('columns whose variance is no more than this are left out'),
} satisfies ShapeOf<VarianceThresholdOptions>);

/**
 * `sklearn.feature_selection.VarianceThreshold`: leaves out the columns that do not vary over the training rows, or hardly do.
 *
 * Rows `[rows, cols]` become `[rows, kept]`, with the names of the columns that stay; a model has `fields.variances`, `[cols]`.
 *
 * @throws E_DATA where no column varies more, and for a gap or a column of names
 * @example
 * fit(chain(varianceThreshold(), quadraticDiscriminantAnalysis())); // pixels that are always 0 tell nothing
 */
export const varianceThreshold = defineEstimator<VarianceThresholdOptions>()({
  name: 'varianceThreshold',
  kind: 'transformer',
  params,
  async train(rows, { threshold }) {
    const variances = new Float64Array(rows.x.cols);
    for await (const { column, values } of eachColumn(rows)) variances[column] = momentsOf(values).variance;
    const kept = [...variances.keys()].filter((column) => variances[column]! > threshold);
    if (kept.length === 0) {
      const most = variances.indexOf(variances.reduce((most, value) => Math.max(most, value), 0));
      const found = `${columnCalled(most, rows.columns)} varies most, with a variance of ${variances[most]}`;
      throw new PipelineError('E_DATA', `varianceThreshold: no column of ${rows.name} varies by more than ${threshold}: ${found}.`, {
        hint: threshold > 0 ? 'Lower the threshold; a variance has the square of the unit of its column.' : 'Train on rows that differ.',
      });
    }
    return { kept, variances };
  },
  ...keeping,
  scores: (model, rows) => keptColumns(model, rows),
});
