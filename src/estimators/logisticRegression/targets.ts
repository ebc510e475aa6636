// From labels to what a batch trains on: class codes, class weights, and how much weight each model sees.
import type { Dataset } from '../../core/dataset.ts';
import { labelsOf } from '../../core/dataset.ts';
import { PipelineError } from '../../core/errors.ts';
import type { Folds, Job } from '../../dsl/estimator.ts';
import { NO_FOLD } from '../../kernels/lib/column.ts';
import type { ModelTarget } from '../linear/batch.ts';
import type { LogisticParams } from './params.ts';

export interface Codes {
  /** Position in `classes` of each row's label, `[rows]`. */
  readonly codes: Uint8Array;
  /** Labels, ascending. */
  readonly classes: readonly number[];
  /** Weight of each row, `[rows]`; absent for 1 each. */
  readonly weights?: Float32Array | undefined;
}

/** @throws E_CLASS when the rows have fewer than two classes */
export function checkClasses(name: string, rows: number | undefined, classes: readonly number[]): void {
  if (classes.length >= 2) return;
  throw new PipelineError(
    'E_CLASS',
    `logisticRegression needs at least two classes; all ${rows === undefined ? '' : `${rows} `}training rows of ${name} have label ${classes[0]}.`,
    {
      hint: 'Train on rows of at least two classes.',
    },
  );
}

/** @throws E_CLASS when the rows have fewer than two classes */
export function codesOf(data: Dataset): Codes {
  const labels = labelsOf(data);
  const classes = [...new Set(labels)].toSorted((a, b) => a - b);
  checkClasses(data.name, labels.length, classes);
  const codeOf = new Uint8Array(256);
  classes.forEach((label, code) => (codeOf[label] = code));
  return { codes: labels.map((label) => codeOf[label]!), classes, weights: data.weights && Float32Array.from(data.rows, (id) => data.weights![id]!) };
}

/** Labels that a job has rows of to train on; of a job that tells one label from all others, all labels where it has both. */
export function presentIn({ codes, classes }: Codes, folds: Folds | undefined, { heldOut, positive }: Pick<Job<unknown>, 'heldOut' | 'positive'>): readonly number[] {
  if (heldOut === undefined) return classes;
  const there = classes.map(() => false);
  codes.forEach((code, row) => {
    if (folds?.fold[row] !== heldOut) there[code] = true;
  });
  const present = classes.filter((_, code) => there[code]);
  if (positive === undefined) return present;
  if (!present.includes(positive)) return present.slice(0, 1);
  return present.length > 1 ? classes : present;
}

/** The same rows by fewer classes; rows of others are held out of every job that trains on them, whatever their code. */
export function among({ codes, classes, weights }: Codes, present: readonly number[]): Codes {
  if (present.length === classes.length) return { codes, classes, weights };
  const codeOf = classes.map((label) => Math.max(0, present.indexOf(label)));
  return { codes: codes.map((code) => codeOf[code]!), classes: present, weights };
}

/** A model of a batch, and the sum of the weights it is trained on. */
export interface WeightedTarget {
  readonly target: ModelTarget;
  readonly weightSum: number;
}

export interface TargetOptions {
  readonly name: string;
  readonly heldOut: number | undefined;
  /** The label to tell from all others; undefined to tell all classes apart. */
  readonly positive: number | undefined;
  readonly classWeight: LogisticParams['classWeight'];
}

/** @throws E_CLASS naming the job and the class when the rows left to train on lack one */
export function targetOf(
  { codes, classes, weights }: Codes,
  folds: Folds | undefined,
  { name, heldOut, positive, classWeight }: TargetOptions,
): WeightedTarget {
  const fold = heldOut ?? NO_FOLD;
  const sums = classes.map(() => 0);
  codes.forEach((code, row) => {
    if (folds?.fold[row] !== fold) sums[code]! += weights?.[row] ?? 1;
  });
  const missing = sums.findIndex((sum) => sum === 0);
  if (missing >= 0) {
    throw new PipelineError('E_CLASS', `${name}: the rows left to train on have none of class ${classes[missing]}.`, {
      hint: `Use fewer folds, or more rows of class ${classes[missing]}.`,
    });
  }
  if (positive !== undefined) {
    const code = classes.indexOf(positive);
    const own = sums[code]!;
    return twoClasses(fold, code, [sums.reduce((a, b) => a + b, 0) - own, own], ['0', '1'], classWeight);
  }
  if (classes.length === 2) return twoClasses(fold, 1, [sums[0]!, sums[1]!], classes.map(String), classWeight);
  const perClass = sums.map((sum, code) => weightOf(String(classes[code]), sum, sums, classWeight));
  return {
    target: { heldOut: fold, columns: perClass.map((weight, code) => ({ positive: code, positiveWeight: weight, negativeWeight: 0 })) },
    weightSum: sums.reduce((total, sum, code) => total + sum * perClass[code]!, 0),
  };
}

function twoClasses(
  heldOut: number,
  positive: number,
  sums: readonly [number, number],
  names: readonly string[],
  classWeight: LogisticParams['classWeight'],
): WeightedTarget {
  const [negativeWeight, positiveWeight] = sums.map((sum, i) => weightOf(names[i]!, sum, sums, classWeight)) as [number, number];
  return { target: { heldOut, columns: [{ positive, positiveWeight, negativeWeight }] }, weightSum: sums[0] * negativeWeight + sums[1] * positiveWeight };
}

/** Weight of a class: as given, or inverse to its share when balanced. */
function weightOf(label: string, sum: number, sums: readonly number[], classWeight: LogisticParams['classWeight']): number {
  if (classWeight === 'balanced') return sums.reduce((a, b) => a + b, 0) / (sums.length * sum);
  return classWeight?.[label] ?? 1;
}
