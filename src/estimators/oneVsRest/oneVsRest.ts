// One two-class model per class, all trained in the same passes. Their decision values for a row decide its class.
import { checkTarget } from '../../core/data/checkDataset.ts';
import { hasSameClasses, listed, nameOf } from '../../core/data/classNames.ts';
import { labelsOf, type ClassName } from '../../core/data/dataset.ts';
import { distinctLabels } from '../../core/data/labels.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { JsonRecord } from '../../core/events.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Classifier, Estimator, Evaluation, Job } from '../../dsl/estimator.ts';
import { checkMember } from '../combined/members.ts';
import { knownBeside, type KnownRows } from '../combined/models.ts';
import { inTurn, responseIn, responseOf } from '../combined/responses.ts';
import { classifierOf, type FittedClassifier, type Says } from '../define/models.ts';
import { byRow } from '../linear/byRow.ts';
import { evaluationOf, type Outputs } from '../../metrics/evaluation.ts';

/**
 * A fitted `OneVsRestClassifier`. Figures of one model, such as iterations, are in that model: `model.models[2].nIter`.
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
export interface OneVsRestModel<M extends FittedClassifier> extends FittedClassifier, Encodable {
  /** One per class, in the order of `classes`; for two classes a single one, which tells the second from the first. */
  readonly models: readonly M[];
  /** `[rows][classes]`: each model's probability for its class, divided by the sum over the classes; absent where models have none. */
  readonly predictProba: M extends { readonly predictProba: Says } ? Says : Says | undefined;
}

/**
 * `OneVsRestClassifier(estimator)`: each class against all others, predicted by the largest decision value. Two classes need only one
 * model.
 *
 * @example
 * fit(oneVsRest(logisticRegression({ tol: 0.1 })));
 */
export function oneVsRest<M extends FittedClassifier, P>(estimator: Estimator<M, P>): Estimator<OneVsRestModel<M>, P> {
  checkMember('oneVsRest', estimator, 'classifier');
  return {
    name: `oneVsRest(${estimator.name})`,
    params: estimator.params,
    captured: estimator.captured,
    code: estimator.code,
    configurable: estimator.configurable && {
      schema: estimator.configurable.schema,
      rebuild: (overrides) => oneVsRest(estimator.configurable!.rebuild(overrides)),
    },
    jobParams: estimator.jobParams,
    takes: estimator.takes,
    scales: estimator.scales,
    seeded: estimator.seeded,
    plan(train, jobs) {
      const { classes } = train;
      // A model for each class; with classes unknown, their number is too.
      const inner = estimator.plan?.(train, classes ? jobs.flatMap((job) => askedOf(classes).map((positive) => ({ ...job, positive }))) : jobs);
      return {
        type: 'model',
        estimator: 'oneVsRest',
        cols: train.cols,
        columns: train.columns,
        classes,
        ...(classes && { models: inner?.models, buffers: inner?.buffers }),
      };
    },
    async train(data, jobs, { folds, need }, context) {
      checkTarget('oneVsRest', data, 'classes');
      const labels = labelsOf(data);
      const isHeld = (row: number, heldOut: number | undefined): boolean => heldOut !== undefined && folds!.fold[row] === heldOut;
      // A fold that holds out every row of a class trains no model of it.
      const asked = jobs.map(({ start, ...job }) => {
        const classes = distinctLabels(labels.filter((_, row) => !isHeld(row, job.heldOut)));
        if (start) checkStart(start, classes, data.classNames);
        const inner = askedOf(classes).map((positive, i): Job<P, M> => ({
          ...job,
          name: `${job.name} class ${nameOf(positive, data.classNames)}`,
          positive,
          ...(start ? { start: start.models[i]! } : {}),
        }));
        return { classes, inner, heldOut: job.heldOut };
      });
      const trained = await estimator.train(
        data,
        asked.flatMap(({ inner }) => inner),
        { folds, need: 'decisions' },
        context,
      );
      let next = 0;
      return asked.map(({ classes, inner, heldOut }) => {
        const own = trained.slice(next, (next += inner.length));
        const classNames = data.classNames && classes.map((label) => nameOf(label, data.classNames));
        const model = oneVsRestModel({
          classes,
          ...(classNames ? { classNames } : {}),
          ...(data.positive === undefined ? {} : { binarized: true }),
          models: own.map((one) => one.model),
        });
        if (heldOut === undefined) return { model };
        const failed = own.find((one) => one.heldOut!.failed !== undefined)?.heldOut;
        if (failed) return { model, heldOut: failed };
        const held = labels.filter((_, row) => isHeld(row, heldOut));
        return {
          model,
          heldOut: evaluationOf(
            classes,
            held,
            outputsOf(
              own.map((one) => one.model),
              own.map((one) => one.heldOut!),
            ),
            need,
            data.classNames,
          ),
        };
      });
    },
  };
}

/** Labels that have a model of their own: of two classes, the second. */
function askedOf(classes: readonly number[]): readonly number[] {
  return classes.length === 2 ? classes.slice(1) : classes;
}

/** @throws E_SHAPE naming both, where the models to start from are of other classes */
function checkStart(start: Classifier, classes: readonly number[], classNames: readonly ClassName[] | undefined): void {
  if (hasSameClasses(start, classes, classNames)) return;
  const had = (start.classNames ?? start.classes).join(', ');
  const there = classes.map((label) => nameOf(label, classNames)).join(', ');
  throw new PipelineError('E_SHAPE', `The model to start from was fitted on classes ${had}; the rows have classes ${there}.`, {
    hint: 'Start from a model of the same classes.',
  });
}

export type Fields<M extends FittedClassifier> = Pick<OneVsRestModel<M>, 'classes' | 'classNames' | 'models'> & { readonly binarized?: boolean };

function oneVsRestModel<M extends FittedClassifier>(fields: Fields<M>): OneVsRestModel<M> {
  const { classes, classNames, binarized, models } = fields;
  const each = (name: string, of: string): JsonRecord =>
    models.every(({ summary }) => of in summary) ? { [name]: models.map(({ summary }) => summary[of]!) } : {};
  const [{ columns, takes, categories }] = models as unknown as readonly [Partial<KnownRows>];
  const fitted = classifierOf({
    classes,
    classNames,
    binarized,
    summary: { classes: listed({ classes, classNames }), ...each('nIter', 'nIter'), ...each('objectives', 'objective') },
    categories,
    ...(models.every(({ response }) => response) ? { response: 'probabilities' as const } : {}),
    decisionFunction: async (data, context) =>
      models.length === 1 ? models[0]!.decisionFunction(data, context) : byRow(await inTurn(models, (one) => responseOf(one, data, context))),
    ...(models.every(({ predictProba }) => predictProba)
      ? { probabilities: async (_, data, context) => sharesOf(await inTurn(models, (one) => one.predictProba!(data, context))) }
      : {}),
  });
  return {
    ...fitted,
    predictProba: fitted.predictProba as Says,
    models,
    ...knownBeside({ columns, takes, categories }),
    ...(models.every(({ coef }) => coef) ? { coef: models.map(({ coef }) => coef![0]!) } : {}),
    [encodeAs]: { type: TYPE, fields },
  };
}

/** What the models say of some rows together, from what each says. */
function outputsOf(models: readonly FittedClassifier[], each: readonly Evaluation[]): Outputs {
  const decisions = each.length === 1 ? each[0]!.decisions! : byRow(each.map((one, i) => responseIn(one, models[i]!)));
  if (!each.every(({ probabilities }) => probabilities)) return { decisions };
  return { decisions, probabilities: sharesOf(each.map(({ probabilities }) => probabilities!)) };
}

/** Of each model's `[rows][2]` the second, divided by their sum over the models; zeros where all of a row are. One model has two classes. */
function sharesOf(each: readonly Float64Array[]): Float64Array {
  if (each.length === 1) return each[0]!;
  const shares = byRow(each.map((both) => both.filter((_, i) => i % 2 === 1)));
  for (let begin = 0; begin < shares.length; begin += each.length) {
    const row = shares.subarray(begin, begin + each.length);
    const sum = row.reduce((a, b) => a + b, 0);
    if (sum > 0) row.forEach((share, c) => (row[c] = share / sum));
  }
  return shares;
}

const TYPE = registerType('oneVsRestModel', (fields: Fields<FittedClassifier>) => oneVsRestModel(fields));
