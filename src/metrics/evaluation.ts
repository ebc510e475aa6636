// How a model did, from what it said of each row: predictions, counts and what scorers need, all on the host. A label that
// training never saw is a row predicted wrong, as in scikit-learn, never an error.
import type { Evaluation, Need } from '../dsl/estimator.ts';

/** What a model says of rows. */
export interface Outputs {
  /** Two classes: `[rows]`, positive towards the second. Otherwise `[rows][classes]`. */
  readonly decisions: Float64Array;
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
 * @param where which rows count; all by default
 */
export function evaluationOf(
  classes: readonly number[],
  labels: Uint8Array,
  outputs: Outputs,
  need: Need = 'decisions',
  where?: (row: number) => boolean,
): Evaluation {
  const rows = rowsWhere(labels.length, where);
  const all = labelsIn(classes, rows, labels);
  const codes = new Uint8Array(256);
  all.forEach((label, code) => (codes[label] = code));
  const said = predictedCodes(outputs.decisions, classes.length);
  const truth = new Uint8Array(rows.length);
  const confusion = all.map(() => all.map(() => 0));
  rows.forEach((row, i) => {
    truth[i] = codes[labels[row]!]!;
    confusion[truth[i]!]![codes[classes[said[row]!]!]!]!++;
  });
  const counted = { classes, ...(all.length > classes.length ? { labels: all } : {}), confusion };
  if (need === 'counts') return counted;
  const { decisions, probabilities } = outputs;
  const taken = (values: Float64Array): Float64Array => (where ? takeRows(values, rows, values.length / labels.length) : values);
  return { ...counted, truth, decisions: taken(decisions), ...(probabilities ? { probabilities: taken(probabilities) } : {}) };
}

/** Labels that counts and codes of an evaluation go by. */
export function labelsOf({ labels, classes }: Evaluation): readonly number[] {
  return labels ?? classes;
}

function rowsWhere(count: number, where?: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(count);
  let taken = 0;
  for (let row = 0; row < count; row++) if (where === undefined || where(row)) rows[taken++] = row;
  return rows.subarray(0, taken);
}

/** Of the model and of the rows, ascending. */
function labelsIn(classes: readonly number[], rows: Uint32Array, labels: Uint8Array): number[] {
  const there = new Uint8Array(256);
  for (const label of classes) there[label] = 1;
  for (const row of rows) there[labels[row]!] = 1;
  return [...there.keys()].filter((label) => there[label] === 1);
}

/** Rows of `[rows][columns]`. */
function takeRows(values: Float64Array, rows: Uint32Array, columns: number): Float64Array {
  const taken = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => taken.set(values.subarray(row * columns, (row + 1) * columns), i * columns));
  return taken;
}
