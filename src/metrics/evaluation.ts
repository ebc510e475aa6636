// How a model did, from what it said of each row: predictions, counts and what scorers need, all on the host. A label that
// training never saw is a row predicted wrong, as in scikit-learn, never an error.
import { distinctLabels } from '../core/data/dataset.ts';
import type { ClassName } from '../core/data/dataset.ts';
import type { AnyEvaluation, Evaluation, Need } from '../dsl/estimator.ts';

/** What a model says of rows. */
export interface Outputs {
  /** Two classes: `[rows]`, positive towards the second. Otherwise `[rows][classes]`. */
  readonly decisions: Float64Array;
  /** Position among the classes of the one predicted, `[rows]`; absent where decisions tell. */
  readonly predicted?: Uint8Array | undefined;
  /** `[rows][classes]`; counts need none. */
  readonly probabilities?: Float64Array | undefined;
}

/**
 * The class that decisions predict, `[rows]`, as positions among the classes: of two, the second where the decision is above 0;
 * otherwise the first of the largest.
 */
export function predictedCodes(decisions: Float64Array, classes: number): Uint8Array {
  const codes = new Uint8Array(classes === 2 ? decisions.length : decisions.length / classes);
  for (let row = 0; row < codes.length; row++) {
    if (classes === 2) codes[row] = decisions[row]! > 0 ? 1 : 0;
    else for (let c = 1; c < classes; c++) if (decisions[row * classes + c]! > decisions[row * classes + codes[row]!]!) codes[row] = c;
  }
  return codes;
}

/**
 * Evaluates what a model said against the labels of the same rows.
 *
 * @param classes the model's, ascending
 * @param labels of each row, `[rows]`; any labels
 * @param need what the evaluation keeps: `counts` leaves out what there is a number a row of
 * @param classNames what labels are called, `classNames[label]`
 * @example
 * evaluationOf([0, 1], Uint8Array.of(0, 1, 1), { decisions: Float64Array.of(-2, 3, -1) }).confusion; // [[1, 0], [1, 1]]
 */
export function evaluationOf(
  classes: readonly number[],
  labels: Uint8Array,
  outputs: Outputs,
  need: Need = 'decisions',
  classNames?: readonly ClassName[] | undefined,
): Evaluation {
  const all = distinctLabels(classes, labels);
  const codes = new Uint8Array(256);
  all.forEach((label, code) => (codes[label] = code));
  const said = outputs.predicted ?? predictedCodes(outputs.decisions, classes.length);
  const saidAs = classes.map((label) => codes[label]!);
  const truth = new Uint8Array(labels.length);
  const counts = new Uint32Array(all.length * all.length);
  for (let row = 0; row < truth.length; row++) {
    const code = codes[labels[row]!]!;
    truth[row] = code;
    counts[code * all.length + saidAs[said[row]!]!]!++;
  }
  const confusion = all.map((_, code) => [...counts.subarray(code * all.length, (code + 1) * all.length)]);
  const counted = { classes, ...(classNames ? { classNames } : {}), ...(all.length > classes.length ? { labels: all } : {}), confusion };
  if (need === 'counts') return counted;
  const { decisions, probabilities } = outputs;
  return { ...counted, truth, decisions, ...(probabilities ? { probabilities } : {}) };
}

/** Whether it is of a classifier. */
export function isOfClasses(evaluation: AnyEvaluation): evaluation is Evaluation {
  return evaluation.of === undefined || evaluation.of === 'classes';
}

/** Labels that counts and codes of an evaluation go by. */
export function labelsOf({ labels, classes }: Evaluation): readonly number[] {
  return labels ?? classes;
}
