// One two-class model a class, all trained in the same passes. What each says of a row decides which class the row has.
import { labelsOf, type Dataset } from '../../core/dataset.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding.ts';
import { matrix } from '../../core/matrix.ts';
import type { StageContext } from '../../dsl/context.ts';
import type { Classifier, Estimator, Evaluation, Job } from '../../dsl/estimator.ts';
import { accuracy } from '../../metrics/confusion.ts';
import { codeOf, codesIn } from '../linear/codes.ts';

type Rows = Pick<Dataset, 'x' | 'rows' | 'name'>;

/** What a two-class model must offer: signed distances, `[rows]`. */
export interface BinaryModel extends Classifier {
  decisionFunction(data: Rows, context: StageContext): Promise<Float32Array>;
}

/**
 * A fitted `OneVsRestClassifier`. What one of its models took is in that model: `model.models[2].nIter`.
 *
 * @example
 * const shares = stage({
 *   id: 'shares', needs: ['test', 'model'], provides: ['shares', 'right'],
 *   run: async ({ test, model }: Pick<Split, 'test'> & { readonly model: OneVsRestModel<LogisticModel> }, context) => ({
 *     shares: await model.predictProba(test, context), // [rows][classes]
 *     right: await model.score(test, context), // 0.92
 *   }),
 * });
 */
export interface OneVsRestModel<M extends BinaryModel> extends Classifier, Encodable {
  /** One a class, in the order of `classes`. */
  readonly models: readonly M[];
  /** `[rows][classes]` */
  decisionFunction(data: Rows, context: StageContext): Promise<Float32Array>;
  /** `[rows][classes]`: what each model gives its class, divided by the sum over the classes. */
  predictProba(data: Rows, context: StageContext): Promise<Float64Array>;
  /** Labels, `[rows]`: of the largest decision value, the first of equal ones. */
  predict(data: Rows, context: StageContext): Promise<Uint8Array>;
  /** Share of rows predicted right. @throws E_CLASS for a label the model never saw */
  score(data: Dataset, context: StageContext): Promise<number>;
}

/**
 * `OneVsRestClassifier(estimator)`: each class against all others, predicted by the largest decision value.
 *
 * @example
 * fit(oneVsRest(logisticRegression({ tol: 0.1 })));
 */
export function oneVsRest<M extends BinaryModel, P>(estimator: Estimator<M, P>): Estimator<OneVsRestModel<M>, P> {
  return {
    name: `oneVsRest(${estimator.name})`,
    params: estimator.params,
    holds: estimator.holds,
    code: estimator.code,
    configurable: estimator.configurable && {
      schema: estimator.configurable.schema,
      rebuild: (overrides) => oneVsRest(estimator.configurable!.rebuild(overrides)),
    },
    jobParams: estimator.jobParams,
    plan(train, jobs) {
      const { classes } = train;
      // A model for each class; with classes unknown, their number is too.
      const inner = estimator.plan?.(train, classes ? jobs.flatMap((job) => classes.map((positive) => ({ ...job, positive }))) : jobs);
      return { type: 'model', estimator: 'oneVsRest', cols: train.cols, classes, ...(classes && { models: inner?.models, buffers: inner?.buffers }) };
    },
    async train(data, jobs, { folds }, context) {
      const labels = labelsOf(data);
      const classes = [...new Set(labels)].toSorted((a, b) => a - b);
      const inner = jobs.flatMap(({ start, ...job }) =>
        classes.map((positive, c): Job<P, M> => ({ ...job, name: `${job.name} class ${positive}`, positive, ...(start ? { start: start.models[c]! } : {}) })),
      );
      const trained = await estimator.train(data, inner, { folds, need: 'decisions' }, context);
      return jobs.map(({ heldOut }, i) => {
        const own = trained.slice(i * classes.length, (i + 1) * classes.length);
        const model = oneVsRestModel(
          classes,
          own.map((one) => one.model),
        );
        if (heldOut === undefined) return { model };
        const truth = Uint8Array.from(
          labels.filter((_, row) => folds!.fold[row] === heldOut),
          (label) => classes.indexOf(label),
        );
        return { model, heldOut: evaluationOf(classes, truth, stack(own.map((one) => one.heldOut!.decisions!))) };
      });
    },
  };
}

function oneVsRestModel<M extends BinaryModel>(classes: readonly number[], models: readonly M[]): OneVsRestModel<M> {
  const decisionFunction: OneVsRestModel<M>['decisionFunction'] = async (data, context) => {
    const each: Float32Array[] = [];
    for (const model of models) each.push(await model.decisionFunction(data, context));
    return stack(each);
  };
  const evaluate = async (data: Dataset, context: StageContext): Promise<Evaluation> =>
    evaluationOf(classes, codesIn(classes, data), await decisionFunction(data, context));
  return {
    classes,
    models,
    ...(models.every(({ coef }) => coef) ? { coef: models.map(({ coef }) => coef![0]!) } : {}),
    [encodeAs]: { type: 'oneVsRestModel', fields: { classes, models } },
    decisionFunction,
    predictProba: async (data, context) => sharesOf(await decisionFunction(data, context), classes.length),
    async predict(data, context) {
      const decisions = await decisionFunction(data, context);
      return Uint8Array.from(data.rows, (_, row) => classes[codeOf(rowOf(decisions, row, classes.length))]!);
    },
    score: async (data, context) => accuracy((await evaluate(data, context)).confusion),
    summary: { classes, nIter: models.map(({ summary }) => summary['nIter']!), objectives: models.map(({ summary }) => summary['objective']!) },
    async predictRow(row, context) {
      const x = row instanceof Uint8Array ? matrix(1, row.length, row) : matrix(1, row.length, row);
      const decisions = await decisionFunction({ x, rows: Uint32Array.of(0), name: 'The row' }, context);
      const code = codeOf(decisions);
      return { prediction: classes[code]!, decision: decisions[code]!, probability: sharesOf(decisions, classes.length)[code]! };
    },
    evaluate: (data, _need, context) => evaluate(data, context),
  };
}

/** Sigmoids of `[rows][classes]` decisions, each row divided by its sum; zeros where all of a row are. */
function sharesOf(decisions: Float32Array, classes: number): Float64Array {
  const shares = Float64Array.from(decisions, (decision) => 1 / (1 + Math.exp(-decision)));
  for (let begin = 0; begin < shares.length; begin += classes) {
    const row = shares.subarray(begin, begin + classes);
    const sum = row.reduce((a, b) => a + b, 0);
    if (sum > 0) row.forEach((share, c) => (row[c] = share / sum));
  }
  return shares;
}

function rowOf(decisions: Float32Array, row: number, classes: number): Float32Array {
  return decisions.subarray(row * classes, (row + 1) * classes);
}

function evaluationOf(classes: readonly number[], truth: Uint8Array, decisions: Float32Array): Evaluation {
  const confusion = classes.map(() => classes.map(() => 0));
  truth.forEach((code, row) => confusion[code]![codeOf(rowOf(decisions, row, classes.length))]!++);
  return { classes, confusion, truth, decisions };
}

/** `[models][rows]` to `[rows][models]`. */
function stack(each: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(each.length * each[0]!.length);
  each.forEach((decisions, c) => decisions.forEach((decision, row) => (out[row * each.length + c] = decision)));
  return out;
}

registerType('oneVsRestModel', ({ classes, models }: { readonly classes: readonly number[]; readonly models: readonly BinaryModel[] }) =>
  oneVsRestModel(classes, models),
);
