// A fitted logistic model. Its margins are computed on the device, for one row as for many.
import { checkCols, labelsOf, type Dataset, type Scaling } from '../../core/dataset.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding.ts';
import type { JsonRecord } from '../../core/events.ts';
import { matrix } from '../../core/matrix.ts';
import type { StageContext } from '../../dsl/context.ts';
import type { Classifier, Evaluation, Need, Prediction } from '../../dsl/estimator.ts';
import { NO_FOLD } from '../../kernels/lib/column.ts';
import { accuracy } from '../../metrics/confusion.ts';
import { evaluationOf, predictedCodes } from '../../metrics/evaluation.ts';
import { probabilities } from '../../metrics/probability.ts';
import { rowsOnDevice } from '../linear/deviceRows.ts';
import { LinearBatch } from '../linear/linearBatch.ts';
import { toRaw } from '../linear/scaling.ts';

export interface LogisticModelFields {
  /** One row for two classes, else one a class; `[cols]` each, over features as scaled. */
  readonly coef: readonly Float64Array[];
  /** One a row of `coef`. */
  readonly intercept: readonly number[];
  /** Labels, ascending; of two, the second is the positive one. */
  readonly classes: readonly number[];
  /** Iterations taken. */
  readonly nIter: number;
  /** Scaling of the features the model was fitted on. */
  readonly scaling?: Scaling | undefined;
  /** True when labels mean "this class or not", so predictions are booleans. */
  readonly binarized: boolean;
  readonly summary: JsonRecord;
}

type Rows = Pick<Dataset, 'x' | 'rows' | 'name'>;

/**
 * A fitted `LogisticRegression`.
 *
 * @example
 * const shares = stage({
 *   id: 'shares', needs: ['test', 'model'], provides: ['shares', 'right'],
 *   run: async ({ test, model }: Pick<Split, 'test'> & { readonly model: LogisticModel }, context) => ({
 *     shares: await model.predictProba(test, context), // [rows][classes]
 *     right: await model.score(test, context), // 0.98
 *   }),
 * });
 */
export interface LogisticModel extends Classifier, LogisticModelFields, Encodable {
  readonly coef: readonly Float64Array[];
  /** Two classes: `[rows]` signed distances, positive towards the second. More: `[rows][classes]` scores. */
  decisionFunction(data: Rows, context: StageContext): Promise<Float64Array>;
  /** `[rows][classes]` */
  predictProba(data: Rows, context: StageContext): Promise<Float64Array>;
  /** Labels, `[rows]`. */
  predict(data: Rows, context: StageContext): Promise<Uint8Array>;
  /** Share of rows predicted right; a label the model never saw is predicted wrong. */
  score(data: Dataset, context: StageContext): Promise<number>;
}

export function logisticModel(fields: LogisticModelFields): LogisticModel {
  const { coef, intercept, classes, binarized, scaling } = fields;
  const cols = coef[0]!.length;

  /** A batch that stands at this model. */
  async function withMargins<T>(data: Rows, context: StageContext, use: (batch: LinearBatch) => Promise<T>): Promise<T> {
    checkCols(data.name, data.x.cols, cols);
    const compute = await context.compute();
    const codes = new Uint8Array(data.rows.length);
    const columns = coef.map((_, c) => ({ positive: coef.length === 1 ? 1 : c, positiveWeight: 1, negativeWeight: 1 }));
    const batch = new LinearBatch(compute, { data: await rowsOnDevice(compute, data), codes }, [{ heldOut: NO_FOLD, columns }]);
    try {
      const weights = new Float64Array(coef.length * (cols + 1));
      coef.forEach((row, c) => weights.set(toRaw(Float64Array.of(...row, intercept[c]!), scaling), c * (cols + 1)));
      // The margins of the batch are zero and the weights are the direction, so step 1 is the model itself.
      await batch.setDirections([0], [weights]);
      batch.setSteps([0], [1]);
      return await use(batch);
    } finally {
      batch.release();
    }
  }
  const decisionFunction = (data: Rows, context: StageContext): Promise<Float64Array> =>
    withMargins(data, context, async (batch) => new Float64Array((await batch.decisions([0]))[0]!));

  async function evaluate(data: Dataset, need: Need, context: StageContext): Promise<Evaluation> {
    const decisions = await decisionFunction(data, context);
    return evaluationOf(classes, labelsOf(data), { decisions, probabilities: probabilities(decisions, classes.length) }, need);
  }

  return {
    ...fields,
    [encodeAs]: { type: 'logisticModel', fields },
    decisionFunction,
    predictProba: async (data, context) => probabilities(await decisionFunction(data, context), classes.length),
    async predict(data, context) {
      const decisions = await decisionFunction(data, context);
      return predictedCodes(decisions, classes.length).map((code) => classes[code]!);
    },
    async predictRow(row, context): Promise<Prediction> {
      const x = row instanceof Uint8Array ? matrix(1, row.length, row) : matrix(1, row.length, row);
      const decisions = await decisionFunction({ x, rows: Uint32Array.of(0), name: 'The row' }, context);
      const code = predictedCodes(decisions, classes.length)[0]!;
      const shares = probabilities(decisions, classes.length);
      return {
        prediction: binarized ? code === 1 : classes[code]!,
        decision: classes.length === 2 ? decisions[0]! : decisions[code]!,
        probability: classes.length === 2 ? shares[1]! : shares[code]!,
      };
    },
    evaluate,
    score: async (data, context) => accuracy((await evaluate(data, 'counts', context)).confusion),
  };
}

registerType('logisticModel', logisticModel);
