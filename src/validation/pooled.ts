// What models said of the rows that they held out, put together: one evaluation of all rows, each by the one model that did not see it.
import { hasClasses, labelsOf, type Rows } from '../core/data/dataset.ts';
import { distinctLabels, labelArray, type Labels } from '../core/data/labels.ts';
import { PipelineError } from '../core/errors/errors.ts';
import type { AnyEvaluation, Classifier, CrossValPredicted, Multilabel, Regressor, ValuesEvaluation } from '../dsl/estimator.ts';
import { evaluationOf, isOfClasses, labelsOf as labelsIn } from '../metrics/evaluation.ts';
import type { FoldBatch, FoldPlan } from './folding.ts';

/** Evaluations of rows that can be put together. */
export type PooledEvaluation =
  | CrossValPredicted<Classifier>['evaluation']
  | CrossValPredicted<Regressor>['evaluation']
  | CrossValPredicted<Multilabel>['evaluation'];

type Classes = CrossValPredicted<Classifier>['evaluation'];

/** @throws E_PARAMS for folds that hold out some rows never, or more than once */
export function checkPartition({ folds, repeats }: FoldPlan): void {
  const apart = typeof folds === 'object' && !('groups' in folds);
  if (!apart && (repeats ?? 1) === 1) return;
  const name = apart ? Object.keys(folds)[0]! : 'repeats';
  const why =
    name === 'timeSeries'
      ? 'never hold out the first rows'
      : name === 'repeats'
        ? 'hold out each row several times'
        : 'hold out some rows never and others several times';
  throw new PipelineError('E_PARAMS', `crossValPredict needs folds that hold out each row once; those of ${name} ${why}.`, {
    hint: "Use folds: 5, folds: { groups: 5 } or folds: 'leaveOneOut'; crossValidate takes the others.",
  });
}

/** The fold that holds out each row, `[rows]`. @param batches of folds that hold out each row once */
export function heldOutBy(batches: readonly FoldBatch[], rows: number): Uint32Array {
  const foldOf = new Uint32Array(rows);
  let from = 0;
  for (const { fold, held } of batches) {
    for (let row = 0; row < rows; row++) if (fold[row]! < held) foldOf[row] = from + fold[row]!;
    from += held;
  }
  return foldOf;
}

/**
 * One evaluation of all rows, in their order.
 *
 * @param foldOf the fold that holds out each row, `[rows]`
 * @param evaluations of each fold's rows in their order, with what `decisions` need
 * @throws E_CLASS where a fold has no evaluation, as it could not be trained
 */
export function pooled(data: Rows, foldOf: Uint32Array, evaluations: readonly AnyEvaluation[]): PooledEvaluation {
  const failed = evaluations.findIndex((one) => one.failed !== undefined);
  if (failed !== -1) {
    throw new PipelineError('E_CLASS', `Fold ${failed + 1} of ${data.name} has no predictions: ${evaluations[failed]!.failed}.`, {
      hint: 'Use folds that leave rows of two classes to train on: stratified ones, or fewer.',
    });
  }
  const place = placesOf(foldOf, evaluations.length);
  const first = evaluations[0]!;
  if (first.of === 'values') {
    const all = evaluations as readonly ValuesEvaluation[];
    const { outputs } = first;
    const rows = foldOf.length * outputs;
    const [truth, predicted] = [new Float64Array(rows), new Float64Array(rows)];
    const weights = first.weights && new Float32Array(foldOf.length);
    all.forEach((one, fold) =>
      place[fold]!.forEach((row, i) => {
        truth.set(one.truth.subarray(i * outputs, (i + 1) * outputs), row * outputs);
        predicted.set(one.predicted.subarray(i * outputs, (i + 1) * outputs), row * outputs);
        if (weights) weights[row] = one.weights![i]!;
      }),
    );
    return { of: 'values', outputs, truth, predicted, ...(weights ? { weights } : {}) };
  }
  if (first.of === 'indicators') {
    const all = evaluations as readonly CrossValPredicted<Multilabel>['evaluation'][];
    const { labels } = first;
    const size = foldOf.length * labels;
    const [truth, predicted, decisions] = [new Uint8Array(size), new Uint8Array(size), new Float64Array(size)];
    all.forEach((one, fold) =>
      place[fold]!.forEach((row, i) => {
        const [from, to] = [i * labels, (i + 1) * labels];
        truth.set(one.truth.subarray(from, to), row * labels);
        predicted.set(one.predicted.subarray(from, to), row * labels);
        decisions.set(one.decisions.subarray(from, to), row * labels);
      }),
    );
    return { of: 'indicators', labels, truth, predicted, decisions };
  }
  const ofClasses = evaluations.filter((one): one is Classes => isOfClasses(one) && one.predicted !== undefined && one.decisions !== undefined);
  if (ofClasses.length === evaluations.length) return pooledClasses(data, place, ofClasses);
  throw new PipelineError('E_STAGE', 'crossValPredict needs what is said of each row; the evaluations that the estimator returned have counts alone.', {
    hint: "Where need is 'decisions', return evaluationOf(classes, labels, { decisions, probabilities }).",
  });
}

/** A class that a fold never trained on has the lowest decision and the probability 0, as in scikit-learn. */
function pooledClasses(data: Rows, place: readonly (readonly number[])[], evaluations: readonly Classes[]): Classes {
  const labels = hasClasses(data) ? labelsOf(data) : new Uint8Array(0);
  const classes = distinctLabels(labels);
  const width = classes.length === 2 ? 1 : classes.length;
  const decisions = new Float64Array(labels.length * width).fill(-Number.MAX_VALUE);
  const shares = evaluations.every((one) => one.probabilities) ? new Float64Array(labels.length * classes.length) : undefined;
  const predicted = labelArray(labels.length, classes.length - 1);
  evaluations.forEach((one, fold) => {
    const own = one.classes.map((label) => classes.indexOf(label));
    const codes = labelsIn(one).map((label) => classes.indexOf(label));
    place[fold]!.forEach((row, i) => {
      predicted[row] = codes[one.predicted[i]!]!;
      if (shares) own.forEach((code, c) => (shares[row * classes.length + code] = one.probabilities![i * own.length + c]!));
      if (width === 1) decisions[row] = one.decisions[i]!;
      else if (own.length === 2) own.forEach((code, c) => (decisions[row * width + code] = (c === 1 ? 1 : -1) * one.decisions[i]!));
      else own.forEach((code, c) => (decisions[row * width + code] = one.decisions[i * own.length + c]!));
    });
  });
  const names = hasClasses(data) ? data.classNames : undefined;
  return evaluationOf(classes, labels, { decisions, predicted, probabilities: shares }, 'decisions', names) as Classes;
}

/** Rows that each fold holds out, in their order. */
function placesOf(foldOf: Uint32Array, folds: number): readonly (readonly number[])[] {
  const place = Array.from({ length: folds }, (): number[] => []);
  foldOf.forEach((fold, row) => place[fold]!.push(row));
  return place;
}

/** Labels, values or indicators that an evaluation predicts, as its rows have them. */
export function predictionsOf(evaluation: PooledEvaluation): Labels | Float64Array | Uint8Array {
  if (!isOfClasses(evaluation)) return evaluation.predicted;
  const labels = labelsIn(evaluation);
  const out = labelArray(evaluation.predicted.length, labels.at(-1)!);
  for (let row = 0; row < out.length; row++) out[row] = labels[evaluation.predicted[row]!]!;
  return out;
}
