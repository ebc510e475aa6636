// How a model did, from its outputs for each row: predictions, counts and what scorers need, all on the host. A row whose label
// training never saw is predicted wrong, as in scikit-learn; it is never an error.
import { distinctLabels, labelArray, largestOf, positionsIn, type Labels } from '../core/data/labels.ts';
import type { ClassName } from '../core/data/dataset.ts';
import type { AnyEvaluation, ClassCounts, Evaluation, Need } from '../dsl/estimator.ts';
import { countsOf } from './confusion.ts';

/** What a model says about rows. */
export interface Outputs {
  /** Two classes: `[rows]`, positive towards the second. Otherwise `[rows][classes]`. */
  readonly decisions: Float64Array;
  /** Position of the predicted class among the classes, `[rows]`; absent where decisions determine it. */
  readonly predicted?: Labels | undefined;
  /** `[rows][classes]`; counts need none. */
  readonly probabilities?: Float64Array | undefined;
}

/** Most labels for which pairs of true and predicted labels are counted. */
export const MOST_CONFUSED = 1000;

/**
 * The class that decisions predict, `[rows]`, as positions among the classes: with two classes, the second if the decision is above 0;
 * with more, the first of the largest.
 */
export function predictedCodes(decisions: Float64Array, classes: number): Labels {
  const codes = labelArray(classes === 2 ? decisions.length : decisions.length / classes, classes - 1);
  for (let row = 0; row < codes.length; row++) {
    if (classes === 2) codes[row] = decisions[row]! > 0 ? 1 : 0;
    else for (let c = 1; c < classes; c++) if (decisions[row * classes + c]! > decisions[row * classes + codes[row]!]!) codes[row] = c;
  }
  return codes;
}

/**
 * Evaluates a model's outputs against the labels of the same rows.
 *
 * @param classes the model's, ascending
 * @param labels of each row, `[rows]`; any labels
 * @param need what the evaluation keeps: `counts` leaves out everything that has a number per row
 * @param classNames what labels are called, `classNames[label]`
 * @example
 * evaluationOf([0, 1], Uint8Array.of(0, 1, 1), { decisions: Float64Array.of(-2, 3, -1) }).confusion; // [[1, 0], [1, 1]]
 */
export function evaluationOf(
  classes: readonly number[],
  labels: Labels,
  outputs: Outputs,
  need: Need = 'decisions',
  classNames?: readonly ClassName[] | undefined,
): Evaluation {
  const all = distinctLabels(classes, labels);
  const said = outputs.predicted ?? predictedCodes(outputs.decisions, classes.length);
  const saidAs = positionsIn(all, labelsAs(classes));
  const truth = positionsIn(all, labels);
  const confusion = all.length > MOST_CONFUSED ? undefined : confusionOf(truth, said, saidAs, all.length);
  const counted = {
    classes,
    ...(classNames ? { classNames } : {}),
    ...(all.length > classes.length ? { labels: all } : {}),
    ...(confusion ? { counts: countsOf(confusion), confusion } : { counts: countsAlone(truth, said, saidAs, all.length) }),
  };
  if (need === 'counts') return counted;
  const { decisions, probabilities } = outputs;
  return { ...counted, truth, predicted: saidCodes(said, saidAs, all.length), decisions, ...(probabilities ? { probabilities } : {}) };
}

/** @param saidAs code of each class that is said */
function confusionOf(truth: Labels, said: Labels, saidAs: Labels, count: number): number[][] {
  const pairs = new Uint32Array(count * count);
  for (let row = 0; row < truth.length; row++) pairs[truth[row]! * count + saidAs[said[row]!]!]!++;
  return Array.from({ length: count }, (_, code) => [...pairs.subarray(code * count, (code + 1) * count)]);
}

/** @param saidAs code of each class that is said */
function saidCodes(said: Labels, saidAs: Labels, count: number): Labels {
  const codes = labelArray(said.length, count - 1);
  for (let row = 0; row < codes.length; row++) codes[row] = saidAs[said[row]!]!;
  return codes;
}

function countsAlone(truth: Labels, said: Labels, saidAs: Labels, count: number): ClassCounts {
  const [rows, predicted, right] = [0, 1, 2].map(() => new Array<number>(count).fill(0)) as [number[], number[], number[]];
  for (let row = 0; row < truth.length; row++) {
    const [own, other] = [truth[row]!, saidAs[said[row]!]!];
    rows[own]!++;
    predicted[other]!++;
    if (own === other) right[own]!++;
  }
  return { rows, predicted, right };
}

function labelsAs(classes: readonly number[]): Labels {
  const out = labelArray(classes.length, largestOf(classes));
  out.set(classes);
  return out;
}

/** Whether it is of a classifier. */
export function isOfClasses(evaluation: AnyEvaluation): evaluation is Evaluation {
  return evaluation.of === undefined || evaluation.of === 'classes';
}

/** Labels that counts and codes of an evaluation go by. */
export function labelsOf({ labels, classes }: Evaluation): readonly number[] {
  return labels ?? classes;
}
