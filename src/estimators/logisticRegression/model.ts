// A fitted logistic model. Its margins are computed on the device, for one row as for many.
import { checkNoNames } from '../../core/data/categories.ts';
import { checkColumns } from '../../core/data/columns.ts';
import type { ClassName, Dataset, Scaling } from '../../core/data/dataset.ts';
import type { Labels } from '../../core/data/labels.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { JsonRecord } from '../../core/events.ts';
import { contextOf } from '../../dsl/stage/context.ts';
import type { Classifier, Device } from '../../dsl/estimator.ts';
import { probabilities } from '../../metrics/probability.ts';
import { classifierOf } from '../define/models.ts';
import { byRow } from '../linear/byRow.ts';
import type { KnownFloat64 } from '../rows/float64Columns.ts';

export interface LogisticModelFields extends KnownFloat64 {
  /** One row for two classes, otherwise one per class; `[cols]` each, over scaled features. */
  readonly coef: readonly Float64Array[];
  /** One per row of `coef`. */
  readonly intercept: readonly number[];
  /** What the columns are called, where they had names. */
  readonly columns?: readonly string[] | undefined;
  /** Labels, ascending; with two, the second is the positive one. */
  readonly classes: readonly number[];
  /** What they are called, in the same order, where they have names. */
  readonly classNames?: readonly ClassName[] | undefined;
  /** Iterations taken. */
  readonly nIter: number;
  /** Scaling of the features the model was fitted on. */
  readonly scaling?: Scaling | undefined;
  /** True when labels mean "this class or not", so predictions are booleans. */
  readonly binarized: boolean;
  readonly summary: JsonRecord;
}

type Rows = Pick<Dataset, 'x' | 'rows' | 'name' | 'columns'>;

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
  predict(data: Rows, context?: Device): Promise<Labels>;
  /** Share of rows predicted right; a label the model never saw is predicted wrong. */
  score(data: Dataset, context?: Device): Promise<number>;
}

/** Loaded when something computes: a run that finds all its results does not wait for it. Once, as asking for a module takes longer than a row. */
let loaded: Promise<typeof import('../linear/linearScores.ts')> | undefined;

export function logisticModel(fields: LogisticModelFields): LogisticModel {
  const { coef, intercept, columns, classes, classNames, binarized, scaling, summary } = fields;
  const cols = coef[0]!.length;

  const each = coef.map((row, c) => {
    const weights = new Float64Array(cols + 1);
    weights.set(row);
    weights[cols] = intercept[c]!;
    return { weights, scaling };
  });

  async function decisionFunction(data: Rows, context: Device = contextOf(undefined)): Promise<Float64Array> {
    checkColumns(data.name, { cols: data.x.cols, columns: data.columns }, { cols, columns });
    checkNoNames('logisticRegression', data);
    const compute = await context.compute();
    const { linearScores } = await (loaded ??= import('../linear/linearScores.ts'));
    return byRow(await linearScores(compute, data, each));
  }

  const fitted = classifierOf({
    classes,
    classNames,
    binarized,
    summary,
    decisionFunction,
    probabilities: (decisions) => probabilities(decisions, classes.length),
  });
  return { ...fitted, ...fields, predictProba: fitted.predictProba!, [encodeAs]: { type: TYPE, fields } };
}

const TYPE = registerType('logisticModel', logisticModel);
