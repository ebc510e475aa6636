// A fitted logistic model. Its margins are computed on the device, for one row as for many.
import { checkCols, labelsOf, type Dataset, type Scaling } from '../../core/data/dataset.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { JsonRecord } from '../../core/events.ts';
import { matrix } from '../../core/data/matrix.ts';
import { contextOf } from '../../dsl/stage/context.ts';
import type { Classifier, Device, Evaluation, Need, Prediction } from '../../dsl/estimator.ts';
import { accuracy } from '../../metrics/confusion.ts';
import { evaluationOf, predictedCodes } from '../../metrics/evaluation.ts';
import { probabilities } from '../../metrics/probability.ts';
import { byRow } from '../linear/byRow.ts';

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
  decisionFunction(data: Rows, context?: Device): Promise<Float64Array>;
  /** `[rows][classes]` */
  predictProba(data: Rows, context?: Device): Promise<Float64Array>;
  /** Labels, `[rows]`. */
  predict(data: Rows, context?: Device): Promise<Uint8Array>;
  /** Share of rows predicted right; a label the model never saw is predicted wrong. */
  score(data: Dataset, context?: Device): Promise<number>;
}

export function logisticModel(fields: LogisticModelFields): LogisticModel {
  const { coef, intercept, classes, binarized, scaling } = fields;
  const cols = coef[0]!.length;

  async function decisionFunction(data: Rows, context: Device = contextOf(undefined)): Promise<Float64Array> {
    checkCols(data.name, data.x.cols, cols);
    const compute = await context.compute();
    // Loaded when something computes: a run that finds all its results does not wait for it.
    const { linearScores } = await import('../linear/linearScores.ts');
    const columns = coef.map((row, c) => ({ weights: Float64Array.of(...row, intercept[c]!), scaling }));
    return byRow(await linearScores(compute, data, columns));
  }

  async function evaluate(data: Dataset, need: Need, context?: Device): Promise<Evaluation> {
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
      const x = matrix(1, row.length, row);
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
