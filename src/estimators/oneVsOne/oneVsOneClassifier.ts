// One two-class model for each pair of classes, trained on the rows of those two. Each votes, and how sure they are decides between
// classes of equally many votes. Source: sklearn/multiclass.py and utils/multiclass.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import { called } from '../../core/data/classNames.ts';
import { labelsOf, type Dataset } from '../../core/data/dataset.ts';
import { against, distinctLabels } from '../../core/data/labels.ts';
import type { Device, Estimator, Folds, Job, RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { eachInTurn } from '../../dsl/stage/progress.ts';
import { checkMember } from '../combined/members.ts';
import { combinedClassifier, knownClasses, type Combined, type KnownClasses } from '../combined/models.ts';
import { trainDistinct } from '../combined/parts.ts';
import { trainParts } from '../../validation/trainParts.ts';
import { responseOf } from '../combined/responses.ts';
import type { FittedClassifier } from '../define/models.ts';

export interface Fields<M = FittedClassifier> {
  /** Of the first class with the second, the first with the third, ..., the second with the third, ... */
  readonly models: readonly M[];
}

/**
 * Fitted pairs, `fields.models`. Decisions, `[rows][classes]`, are the votes of a class, plus how sure of it its pairs are, as a number
 * between -1/3 and 1/3; for two classes `[rows]`, positive for the second. There are no probabilities.
 */
export type OneVsOneModel<M> = Combined<FittedClassifier, Fields<M> & KnownClasses>;

/** Positions of classes, two by two, in the order of `models`. */
function pairsOf<T>(classes: readonly T[]): readonly (readonly [T, T])[] {
  return classes.flatMap((one, i) => classes.slice(i + 1).map((other) => [one, other] as const));
}

const pairModel = combinedClassifier<Fields>('oneVsOneClassifier', ({ models, classes }) => ({
  decisionFunction: (rows, context) => decisionsOf(models, classes, rows, context),
}));

async function decisionsOf(models: readonly FittedClassifier[], classes: readonly number[], rows: RowsOf, context?: Device): Promise<Float64Array> {
  const [count, each] = [rows.rows.length, classes.length];
  const votes = new Float64Array(count * each);
  const sureness = new Float64Array(count * each);
  for (const [k, [i, j]] of pairsOf([...classes.keys()]).entries()) {
    const predicted = await models[k]!.predict(rows, context);
    const sure = await responseOf(models[k]!, rows, context);
    for (let row = 0; row < count; row++) {
      sureness[row * each + i]! -= sure[row]!;
      sureness[row * each + j]! += sure[row]!;
      votes[row * each + (predicted[row] === classes[j] ? j : i)]!++;
    }
  }
  const decisions = votes.map((own, at) => own + sureness[at]! / (3 * (Math.abs(sureness[at]!) + 1)));
  if (each !== 2) return decisions;
  // What a pair says of its second class is above 0 where it is a decision, and above 1/2 where it is a probability.
  const least = models[0]!.response === 'probabilities' ? 0.5 : 0;
  return Float64Array.from({ length: count }, (_, row) => decisions[2 * row + 1]! - least);
}

/**
 * `OneVsOneClassifier(estimator)`: a model for each pair of classes, fitted on the rows of those two. The class with the most votes is
 * predicted; of equally many, the one that its pairs are surest of.
 *
 * In a grid and in `--set`, parameters are those of the estimator, by their own names. All folds and settings of a pair are trained in
 * one go.
 *
 * @param estimator a classifier of two classes
 * @throws E_CLASS for rows of a single class
 * @example
 * gridSearch(oneVsOneClassifier(linearSVC()), { C: [0.1, 1] });
 */
export function oneVsOneClassifier<M extends FittedClassifier, P>(estimator: Estimator<M, P>): Estimator<OneVsOneModel<M>, P> {
  const name = 'oneVsOneClassifier';
  checkMember(name, estimator, 'classifier');
  const { params, code, captured, configurable, takes, jobParams, scales, seeded } = estimator;
  return {
    name: `${name}(${estimator.name})`,
    params,
    code,
    captured,
    takes,
    jobParams,
    scales,
    seeded,
    configurable: configurable && { schema: configurable.schema, rebuild: (overrides) => oneVsOneClassifier(configurable.rebuild(overrides)) },
    plan(train, jobs) {
      estimator.plan?.(train, jobs);
      return { type: 'model', estimator: name, cols: train.cols, columns: train.columns, classes: train.classes };
    },
    async train(data, jobs, options, context) {
      checkTarget(name, data, 'classes');
      const models: M[][] = jobs.map(() => []);
      // One label against all others is another target: a single pair.
      for (const positive of new Set(jobs.map((job) => job.positive))) {
        const rows = positive === undefined ? data : { ...data, labels: against(data.labels, positive), classNames: undefined };
        const at = [...jobs.keys()].filter((i) => jobs[i]!.positive === positive);
        const own = at.map((i): Job<P, M> => {
          const { start: _, positive: __, ...job } = jobs[i]!;
          return job;
        });
        const trained = await trainPairs(estimator, rows, own, options.folds, context);
        at.forEach((i, k) => (models[i] = trained[k]!));
      }
      return trainParts(data, jobs as readonly Job<never>[], options, context, async ({ rows, at }) =>
        at.map((i) => pairModel({ ...knownClasses(name, rows as Dataset<'train'>, takes), models: models[i]! }) as OneVsOneModel<M>),
      );
    },
  };
}

/** Of each job the models of all pairs of classes that it trains on. */
async function trainPairs<M extends FittedClassifier, P>(
  estimator: Estimator<M, P>,
  data: Dataset<'train'>,
  jobs: readonly Job<P, M>[],
  folds: Folds | undefined,
  context: StageContext,
): Promise<M[][]> {
  const labels = labelsOf(data);
  const classesOf = jobs.map(({ heldOut }) => distinctLabels(labels.filter((_, row) => heldOut === undefined || folds!.fold[row] !== heldOut)));
  const models: M[][] = jobs.map(() => []);
  await eachInTurn(pairsOf(distinctLabels(labels)), 'pairs', context, async ([one, other], here) => {
    const inPair = (label: number): boolean => label === one || label === other;
    const rows = { ...data, rows: data.rows.filter((_, row) => inPair(labels[row]!)) };
    const fold = folds?.fold.filter((_, row) => inPair(labels[row]!));
    const at = [...jobs.keys()].filter((i) => classesOf[i]!.includes(one) && classesOf[i]!.includes(other));
    if (at.length === 0) return;
    const own = at.map((i): Job<never, M> => {
      const { heldOut, ...job } = jobs[i]!;
      const named = { ...job, name: `${job.name} ${called([one, other], data.classNames)}` };
      return (heldOut !== undefined && fold!.includes(heldOut) ? { ...named, heldOut } : named) as Job<never, M>;
    });
    const trained = await trainDistinct(estimator as Estimator<M, never>, rows, own, { folds: folds && { count: folds.count, fold: fold! } }, here);
    at.forEach((i, k) => models[i]!.push(trained[k]!.model));
  });
  return models;
}
