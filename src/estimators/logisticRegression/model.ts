// A fitted two-class logistic model. Its margins are computed on the device, for one row as for many.
import { labelsOf, type Dataset } from '../../core/dataset.ts';
import { PipelineError } from '../../core/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import { matrix } from '../../core/matrix.ts';
import type { StageContext } from '../../dsl/context.ts';
import type { Classifier, Confusion, Prediction } from '../../dsl/estimator.ts';
import { NO_FOLD } from '../../kernels/lib/column.ts';
import { rowsOnDevice } from '../linear/deviceRows.ts';
import { LinearBatch } from '../linear/linearBatch.ts';

export interface LogisticModelFields {
  /** `[cols]` */
  readonly coef: Float64Array;
  readonly intercept: number;
  /** The two labels; the second is the positive one. */
  readonly classes: readonly [number, number];
  /** True when labels mean "this class or not", so predictions are booleans. */
  readonly binarized: boolean;
  readonly summary: JsonRecord;
}

export interface LogisticModel extends Classifier, LogisticModelFields {
  /** Signed distances to the boundary, `[rows]`. @throws E_SHAPE when the columns differ from the fit */
  decisionFunction(data: Dataset, context: StageContext): Promise<Float32Array>;
}

export function logisticModel(fields: LogisticModelFields): LogisticModel {
  const { coef, intercept, classes, binarized } = fields;

  async function withMargins<T>(
    data: Pick<Dataset, 'x' | 'rows' | 'name'>,
    codes: Uint8Array,
    context: StageContext,
    use: (batch: LinearBatch) => Promise<T>,
  ): Promise<T> {
    if (data.x.cols !== coef.length) {
      throw new PipelineError('E_SHAPE', `${data.name} has ${data.x.cols} columns, the model was fitted on ${coef.length}.`, {
        hint: 'Fit and predict on the same columns.',
      });
    }
    const compute = await context.compute();
    const batch = new LinearBatch(compute, rowsOnDevice(compute, data), codes, undefined, [{ positive: 1, heldOut: NO_FOLD }]);
    try {
      // The margins of the batch are zero and the weights are the direction, so step 1 is the model itself.
      await batch.setDirections([0], [{ weights: coef, bias: intercept }]);
      batch.setSteps([0], [1]);
      return await use(batch);
    } finally {
      batch.release();
    }
  }

  return {
    ...fields,
    async predictRow(row, context): Promise<Prediction> {
      const x = row instanceof Uint8Array ? matrix(1, row.length, row) : matrix(1, row.length, row);
      const decision = await withMargins(
        { x, rows: Uint32Array.of(0), name: 'The row' },
        Uint8Array.of(0),
        context,
        async (batch) => (await batch.decisions([0]))[0]![0]!,
      );
      const positive = decision > 0;
      return { prediction: binarized ? positive : classes[positive ? 1 : 0], decision, probability: 1 / (1 + Math.exp(-decision)) };
    },
    async evaluate(data, context): Promise<Confusion> {
      const codes = labelsOf(data).map((label) => (label === classes[1] ? 1 : 0));
      return withMargins(data, codes, context, async (batch) => (await batch.counts([0]))[0]!.trained);
    },
    async decisionFunction(data, context) {
      return withMargins(data, new Uint8Array(data.rows.length), context, async (batch) => (await batch.decisions([0]))[0]!);
    },
  };
}
