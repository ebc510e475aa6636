// Numbers as 1 and 0.
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { inputColumns } from '../levels/columnValues.ts';
import { checkFinite, eachValue } from '../values/eachValue.ts';

export interface AboveThresholdOptions {
  /** Values above it become 1, all others 0. Default 0. */
  readonly threshold?: number | undefined;
}

const params = z.strictObject({
  threshold: z.number().default(0).describe('values above it become 1, all others 0'),
} satisfies ShapeOf<AboveThresholdOptions>);

/**
 * `sklearn.preprocessing.Binarizer`: 1 for a value above the threshold, 0 for any other. ({@link binarize} makes two classes of labels.)
 *
 * Rows `[rows, cols]` become `[rows, cols]`; columns keep their names.
 *
 * @throws E_DATA for a gap or a column of names
 * @example
 * fit(chain(aboveThreshold({ threshold: 127 }), logisticRegression())); // ink or paper
 */
export const aboveThreshold = defineEstimator<AboveThresholdOptions>()({
  name: 'aboveThreshold',
  kind: 'transformer',
  params,
  async train(rows, { threshold }) {
    await checkFinite(rows);
    return { threshold, cols: rows.x.cols };
  },
  outputs: ({ cols }) => cols,
  outputColumns: inputColumns,
  scores: ({ threshold }, rows) => eachValue(rows, (value) => Number(value > threshold)),
});
