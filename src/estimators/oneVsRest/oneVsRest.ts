// One two-class model a class, all trained in the same passes. What each says of a row decides which class the row has.
import { labelsOf, type Dataset } from '../../core/dataset.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding.ts';
import { matrix } from '../../core/matrix.ts';
import type { StageContext } from '../../dsl/context.ts';
import type { Classifier, Estimator, Evaluation, Job } from '../../dsl/estimator.ts';
import { codeOf, codesIn } from '../linear/codes.ts';

/** What a two-class model must offer: signed distances, `[rows]`. */
export interface BinaryModel extends Classifier {
  decisionFunction(data: Pick<Dataset, 'x' | 'rows' | 'name'>, context: StageContext): Promise<Float32Array>;
}

export interface OneVsRestModel<M extends BinaryModel> extends Classifier, Encodable {
  /** One a class, in the order of `classes`. */
  readonly models: readonly M[];
  /** `[rows][classes]` */
  decisionFunction(data: Pick<Dataset, 'x' | 'rows' | 'name'>, context: StageContext): Promise<Float32Array>;
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
  return {
    classes,
    models,
    ...(models.every(({ coef }) => coef) ? { coef: models.map(({ coef }) => coef![0]!) } : {}),
    [encodeAs]: { type: 'oneVsRestModel', fields: { classes, models } },
    decisionFunction,
    summary: { classes, nIter: models.map(({ summary }) => summary['nIter']!), objectives: models.map(({ summary }) => summary['objective']!) },
    async predictRow(row, context) {
      const x = row instanceof Uint8Array ? matrix(1, row.length, row) : matrix(1, row.length, row);
      const decisions = await decisionFunction({ x, rows: Uint32Array.of(0), name: 'The row' }, context);
      const shares = decisions.map((decision) => 1 / (1 + Math.exp(-decision)));
      const code = codeOf(decisions);
      return { prediction: classes[code]!, decision: decisions[code]!, probability: shares[code]! / shares.reduce((a, b) => a + b, 0) };
    },
    async evaluate(data, _need, context) {
      const truth = codesIn(classes, data);
      return evaluationOf(classes, truth, await decisionFunction(data, context));
    },
  };
}

function evaluationOf(classes: readonly number[], truth: Uint8Array, decisions: Float32Array): Evaluation {
  const confusion = classes.map(() => classes.map(() => 0));
  truth.forEach((code, row) => confusion[code]![codeOf(decisions.subarray(row * classes.length, (row + 1) * classes.length))]!++);
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
