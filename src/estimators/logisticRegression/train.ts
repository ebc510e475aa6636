// One call of `train`: jobs that have the same classes to train on share one batch, from their labels to fitted models and what
// those say of the rows held out.
import { checkNoNames } from '../../core/data/categories.ts';
import { checkTarget } from '../../core/data/checkDataset.ts';
import { called, listed, nameOf } from '../../core/data/classNames.ts';
import type { Dataset } from '../../core/data/dataset.ts';
import { labelArray } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { Job, Trained, TrainOptions } from '../../dsl/estimator.ts';
import { evaluationOf } from '../../metrics/evaluation.ts';
import { byRow } from '../linear/byRow.ts';
import type { LinearProblem } from '../linear/fit/fitBatch.ts';
import { fitLinear, statusOf, warnOfConvergence } from '../linear/fit/fitLinear.ts';
import { columnsOf, objectiveOf, widthOf, type ParameterShape } from '../linear/fit/objective.ts';
import { linearScores } from '../linear/linearScores.ts';
import { logistic } from '../linear/losses/logistic.ts';
import { softmax } from '../linear/losses/softmax.ts';
import { knownFloat64 } from '../rows/float64Columns.ts';
import { logisticModel, type LogisticModel, type LogisticModelFields } from './model.ts';
import type { LogisticParams } from './params.ts';
import { checkStart, codesOf, presentIn, restrictedTo, targetOf, type Codes } from './targets.ts';
import { trainedOn } from './trainedOn.ts';

export interface LogisticJob extends Omit<Job<unknown>, 'params' | 'start'> {
  readonly settings: LogisticParams;
  readonly start: LogisticModel | undefined;
}

export async function trainJobs(
  data: Dataset<'train'>,
  jobs: readonly LogisticJob[],
  options: TrainOptions,
  context: StageContext,
): Promise<readonly Trained<LogisticModel>[]> {
  checkTarget('logisticRegression', data, 'classes');
  checkNoNames('logisticRegression', data);
  const coded = codesOf(data, options.folds);
  const groups = new Map<string, { readonly classes: readonly number[]; readonly members: number[] }>();
  jobs.forEach((job, i) => {
    const classes = presentIn(coded, job);
    const key = classes.join();
    const group = groups.get(key) ?? { classes, members: [] };
    groups.set(key, group);
    group.members.push(i);
  });
  const trained: Trained<LogisticModel>[] = [];
  for (const { classes, members } of groups.values()) {
    const own = members.map((i) => jobs[i]!);
    for (const { start, positive } of own) checkStart(start, data, positive === undefined ? [coded.classes, classes] : [[0, 1]]);
    const models =
      classes.length < 2 ? own.map((job) => untrained(data, job, classes, coded)) : await trainGroup(data, restrictedTo(coded, classes), own, options, context);
    members.forEach((i, at) => (trained[i] = models[at]!));
  }
  const ended = trained.map(({ model: { nIter, scaling, summary } }, i) => ({
    name: jobs[i]!.name,
    status: String(summary['status']),
    nIter,
    largestGradient: Number(summary['largestGradient']),
    tol: jobs[i]!.settings.tol,
    scaled: scaling !== undefined,
  }));
  warnOfConvergence(ended, context);
  return trained;
}

/** Jobs that have all of `coded.classes` to train on, in one batch. */
async function trainGroup(
  data: Dataset<'train'>,
  coded: Codes,
  jobs: readonly LogisticJob[],
  { folds, need = 'counts' }: TrainOptions,
  context: StageContext,
): Promise<readonly Trained<LogisticModel>[]> {
  const oneLabel = jobs.some(({ positive }) => positive !== undefined);
  const classes = oneLabel ? [0, 1] : coded.classes;
  const shape: ParameterShape = { cols: data.x.cols, columns: classes.length === 2 ? 1 : classes.length, fitIntercept: jobs[0]!.settings.fitIntercept };
  const loss = shape.columns === 1 ? logistic : softmax;
  const problems = jobs.map(
    ({ name, heldOut, positive, settings: { C, l1Ratio, classWeight, tol, maxIter }, start, scaling = data.scaling }): LinearProblem => {
      const { target, weightSum } = targetOf(coded, { name, heldOut, positive, classWeight });
      const penalty = 1 / (C * weightSum);
      return {
        name,
        start: startOf(start, classes, shape),
        target: { ...target, scaling },
        weightSum,
        penalty: penalty * (1 - l1Ratio),
        l1: penalty * l1Ratio,
        tol,
        maxIter,
      };
    },
  );
  const precision = await knownFloat64(data);
  const rows = { truth: coded.codes, folds: coded.folds, weights: coded.weights };
  return fitLinear(data, rows, { loss, shape, problems }, context, isTrained, async (fitted) => {
    const { members, results, solver, scoresOf } = fitted;
    const parameters = results.map(({ x }) => columnsOf(x, shape));
    const { labels } = coded;
    const heldRows = new Map<number | undefined, Uint32Array>();
    for (const { heldOut } of jobs) if (heldOut !== undefined) heldRows.set(heldOut, heldRows.get(heldOut) ?? rowsOf(folds!.fold, heldOut));
    // As models say it whenever they are asked: margins of f32 hold the level of the scores too, which may hide how they differ.
    const said: (readonly Float64Array[])[] = [];
    for (const [heldOut, held] of need === 'decisions' ? heldRows : []) {
      const places = [...members.keys()].filter((place) => jobs[members[place]!]!.heldOut === heldOut);
      const columns = places.flatMap((place) => parameters[place]!.map((weights) => ({ weights, scaling: problems[members[place]!]!.target.scaling })));
      const rows = held.map((row) => data.rows[row]!);
      const scores = await linearScores(await context.compute(), { ...data, rows }, columns, { classes: shape.columns });
      places.forEach((place, at) => (said[place] = scores.slice(at * shape.columns, (at + 1) * shape.columns)));
    }
    const trained: Trained<LogisticModel>[] = [];
    for (const [place, result] of results.entries()) {
      const i = members[place]!;
      const { x, iterations, largestGradient } = result;
      const { heldOut, positive } = jobs[i]!;
      const { target } = problems[i]!;
      const scores = await scoresOf(place);
      const { loss: sum, accuracy, majority } = trainedOn(rows, target, scores);
      const names = named(data, classes, oneLabel);
      const model = logisticModel({
        coef: parameters[place]!.map((column) => column.slice(0, shape.cols)),
        intercept: parameters[place]!.map((column) => column[shape.cols]!),
        ...precision,
        ...(data.columns ? { columns: data.columns } : {}),
        classes,
        ...names,
        nIter: iterations,
        scaling: target.scaling,
        binarized: oneLabel || data.positive !== undefined,
        summary: {
          nIter: iterations,
          objective: objectiveOf(sum, x, problems[i]!, shape),
          largestGradient,
          status: statusOf(result, fitted),
          ...(solver ? { solver } : {}),
          trainAccuracy: accuracy,
          trainMajorityBaseline: majority,
          classes: listed({ classes, ...names }),
        },
      });
      const held = heldRows.get(heldOut);
      if (!held) {
        trained.push({ model });
        continue;
      }
      const truth = labelArray(held.length, coded.classes.at(-1)!);
      for (let at = 0; at < truth.length; at++) {
        const label = labels[held[at]!]!;
        truth[at] = positive === undefined ? label : label === positive ? 1 : 0;
      }
      const decisions = byRow(said[place] ?? scores.map((column) => taken(column, held)));
      const shares = need === 'decisions' ? loss.link!(decisions, classes.length) : undefined;
      trained.push({ model, heldOut: evaluationOf(classes, truth, { decisions, probabilities: shares }, need, oneLabel ? undefined : data.classNames) });
    }
    return trained;
  });
}

/** Whether it is what a checkpoint kept of a model. */
function isTrained(one: unknown): boolean {
  return (one as Partial<Trained<LogisticModel>> | null | undefined)?.model?.coef !== undefined;
}

function rowsOf(folds: Uint8Array, fold: number): Uint32Array {
  const rows = new Uint32Array(folds.length);
  let count = 0;
  for (let row = 0; row < folds.length; row++) if (folds[row] === fold) rows[count++] = row;
  return rows.slice(0, count);
}

function taken(values: Float64Array, rows: Uint32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < out.length; i++) out[i] = values[rows[i]!]!;
  return out;
}

/** Names of a model's classes; of one label against the others there are none. */
function named({ classNames }: Dataset, classes: readonly number[], oneLabel: boolean): Pick<LogisticModelFields, 'classNames'> {
  return classNames && !oneLabel ? { classNames: classes.map((label) => nameOf(label, classNames)) } : {};
}

/** The parameter vector a solver starts from. */
function startOf(model: LogisticModel | undefined, classes: readonly number[], shape: ParameterShape): Float64Array {
  const width = widthOf(shape);
  const start = new Float64Array(shape.columns * width);
  // A fold that lacks a class is another problem than that of the model it would start from.
  if (model?.classes.join() !== classes.join()) return start;
  model.coef.forEach((row, c) => {
    start.set(row, c * width);
    if (shape.fitIntercept) start[c * width + shape.cols] = model.intercept[c]!;
  });
  return start;
}

/** As scikit-learn's error_score: a fold that cannot be trained has no score, and the others have theirs. */
function untrained({ x, name, classNames }: Dataset, job: LogisticJob, classes: readonly number[], coded: Codes): Trained<LogisticModel> {
  const why = `the rows of ${name} left to train on all have ${called(classes, classNames)}`;
  if (job.heldOut === undefined) throw new PipelineError('E_CLASS', `${job.name}: ${why}.`, { hint: 'Train on rows of at least two classes.' });
  const summary: JsonRecord = { status: 'failed', reason: why, classes: classes.map((label) => nameOf(label, classNames)) };
  const model = logisticModel({ coef: [new Float64Array(x.cols)], intercept: [0], classes: coded.classes, nIter: 0, binarized: false, summary });
  return { model, heldOut: { classes, counts: { rows: [], predicted: [], right: [] }, failed: why } };
}
