// From labels to what a batch trains on: class codes, class weights, and how much weight each model sees.
import { checkDataset } from '../../core/data/checkDataset.ts';
import { called, hasSameClasses, nameOf } from '../../core/data/classNames.ts';
import { checkColumns } from '../../core/data/columns.ts';
import { labelsOf, weightsOf, type ClassName, type Dataset } from '../../core/data/dataset.ts';
import { distinctLabels, labelArray, positionsIn, type Labels } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Folds, Job } from '../../dsl/estimator.ts';
import { NO_FOLD } from '../../kernels/lib/weightColumn.ts';
import type { DatasetFact } from '../../dsl/graph/facts.ts';
import type { ModelTarget } from '../linear/batch.ts';
import { checkWeightSum, weightOf, weightsByLabel, type ClassWeight, type Labelled, type WeightsByLabel } from '../linear/classWeights.ts';
import type { LogisticModelFields } from './model.ts';

export interface Codes {
  /** `[rows]` */
  readonly labels: Labels;
  /** Position in `classes` of each row's label, `[rows]`. */
  readonly codes: Labels;
  /** Labels, ascending. */
  readonly classes: readonly number[];
  /** Weight of each row, `[rows]`; absent for 1 each. */
  readonly weights?: Float32Array | undefined;
  readonly folds?: Uint8Array | undefined;
  readonly tallies: readonly Tally[];
  /** Weights of the rows left without a fold, by class code. */
  readonly sumsWithout: (heldOut: number | undefined) => Float64Array;
  /** What classes may be called. */
  readonly known: Labelled;
}

/**
 * @param everywhere whether all rows of the data, not only those to train on, have that one label
 * @throws E_CLASS when the rows have fewer than two classes
 */
export function checkClasses(
  { name, rows, classNames }: Pick<DatasetFact, 'name' | 'rows' | 'classNames'>,
  classes: readonly number[],
  everywhere = false,
): void {
  if (classes.length >= 2) return;
  const one = called(classes, classNames);
  throw new PipelineError(
    'E_CLASS',
    `logisticRegression needs at least two classes; all ${rows === undefined ? '' : `${rows} `}training rows of ${name} have ${one}.`,
    {
      hint: everywhere
        ? `The source of ${name} gives every row ${one}: look at how it makes labels. Text must be numbered, or it becomes 0: Uint8Array.from(texts, (text) => names.indexOf(text)).`
        : 'Train on rows of at least two classes.',
    },
  );
}

/** Rows of one fold, or of all where there are no folds. */
interface Tally {
  readonly fold: number;
  /** By class code, `[classes]`. */
  readonly rows: Uint32Array;
}

/** @throws E_CLASS when the rows have fewer than two classes; E_DATA for values and weights that cannot be */
export function codesOf(data: Dataset, folds?: Folds): Codes {
  checkDataset(data);
  const labels = labelsOf(data);
  const weights = weightsOf(data);
  const all = distinctLabels(data.labels);
  // One look at the rows, however many models are trained on them.
  const tallies = talliesOf(labels, all.at(-1)! + 1, folds?.fold);
  const classes = all.filter((label) => tallies.some(({ rows }) => rows[label]! > 0));
  checkClasses({ name: data.name, rows: labels.length, classNames: data.classNames }, classes, all.length === 1);
  const known = { name: data.name, labels: all, classNames: data.classNames?.map(String) };
  const codes = positionsIn(classes, labels);
  const byCode = tallies.map(({ fold, rows }) => ({ fold, rows: Uint32Array.from(classes, (label) => rows[label]!) }));
  const counted = { codes, classes, weights, folds: folds?.fold, tallies: byCode };
  return { ...counted, labels, known, sumsWithout: sumsOf(counted) };
}

function recoded(codes: Labels, codeOf: readonly number[]): Labels {
  const out = labelArray(codes.length, codeOf.length);
  for (let row = 0; row < out.length; row++) out[row] = codeOf[codes[row]!]!;
  return out;
}

function talliesOf(codes: Labels, size: number, folds: Uint8Array | undefined): readonly Tally[] {
  const byFold: Tally[] = [];
  for (let row = 0; row < codes.length; row++) {
    const fold = folds ? folds[row]! : 0;
    const { rows } = (byFold[fold] ??= { fold, rows: new Uint32Array(size) });
    rows[codes[row]!]!++;
  }
  return byFold.filter((tally) => tally !== undefined);
}

/** Weights are added in the order of their rows, fold by fold not: which folds there are would change the last digit. */
function sumsOf({ codes, classes, weights, folds, tallies }: Pick<Codes, 'codes' | 'classes' | 'weights' | 'folds' | 'tallies'>): Codes['sumsWithout'] {
  const known = new Map<number | undefined, Float64Array>();
  return (heldOut) => {
    const had = known.get(heldOut);
    if (had) return had;
    const sums = new Float64Array(classes.length);
    if (weights) codes.forEach((code, row) => (sums[code]! += heldOut !== undefined && folds![row] === heldOut ? 0 : weights[row]!));
    else for (const { fold, rows } of tallies) if (fold !== heldOut) rows.forEach((count, code) => (sums[code]! += count));
    known.set(heldOut, sums);
    return sums;
  };
}

/** Labels that a job has rows of to train on; of a job that tells one label from all others, all labels where it has both. */
export function presentIn({ classes, tallies }: Codes, { heldOut, positive }: Pick<Job<unknown>, 'heldOut' | 'positive'>): readonly number[] {
  if (heldOut === undefined) return classes;
  const present = classes.filter((_, code) => tallies.some(({ fold, rows }) => fold !== heldOut && rows[code]! > 0));
  if (positive === undefined) return present;
  if (!present.includes(positive)) return present.slice(0, 1);
  return present.length > 1 ? classes : present;
}

/** The same rows by fewer classes; rows of others are held out of every job that trains on them, whatever their code. */
export function restrictedTo(coded: Codes, present: readonly number[]): Codes {
  const { codes, classes } = coded;
  if (present.length === classes.length) return coded;
  const positions = new Map(present.map((label, code) => [label, code]));
  const codeOf = classes.map((label) => positions.get(label) ?? 0);
  const fewer = recoded(codes, codeOf);
  const counted = { ...coded, codes: fewer, classes: present, tallies: talliesOf(fewer, present.length, coded.folds) };
  return { ...counted, sumsWithout: sumsOf(counted) };
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
  readonly classWeight: ClassWeight;
}

/** A model to start from. */
type Start = Pick<LogisticModelFields, 'coef' | 'columns' | 'classes' | 'classNames'>;

/**
 * @param classes what it may be of: those of all rows, or those that a fold leaves
 * @throws E_SHAPE naming both, where a model of other columns or classes is to be the start of one
 */
export function checkStart(
  start: Start | undefined,
  { name, x, columns, classNames }: Pick<Dataset, 'name' | 'x' | 'columns' | 'classNames'>,
  classes: readonly (readonly number[])[],
): void {
  if (!start) return;
  const had = start.coef[0]?.length ?? 0;
  if (had === x.cols && classes.some((one) => hasSameClasses(start, one, classNames)))
    return checkColumns(name, { cols: x.cols, columns }, { cols: had, columns: start.columns });
  const shape = (cols: number, of: readonly ClassName[]): string => `${cols} ${cols === 1 ? 'column' : 'columns'} and classes ${of.join(', ')}`;
  const there = classes[0]!.map((label) => nameOf(label, classNames));
  throw new PipelineError(
    'E_SHAPE',
    `The model to start from was fitted on ${shape(had, start.classNames ?? start.classes)}; ${name} has ${shape(x.cols, there)}.`,
    {
      hint: 'Start from a model of the same columns and classes, or leave warmStart out.',
    },
  );
}

/** @throws E_DATA naming the job when the rows left to train on weigh nothing; E_PARAMS for class weights that cannot be */
export function targetOf({ classes, known, sumsWithout }: Codes, { name, heldOut, positive, classWeight }: TargetOptions): WeightedTarget {
  const fold = heldOut ?? NO_FOLD;
  const sums = Array.from(sumsWithout(heldOut));
  const total = sums.reduce((a, b) => a + b, 0);
  if (total === 0) throw weightless(name);
  const own = positive === undefined ? undefined : classes.indexOf(positive);
  const target = ((): WeightedTarget => {
    // Of one label against all others, the classes are 0 and 1.
    const byLabel = weightsByLabel(classWeight, positive === undefined ? known : { name: 'oneVsRest', labels: [0, 1] });
    if (own !== undefined) return twoClasses(fold, own, [total - sums[own]!, sums[own]!], [0, 1], byLabel);
    if (classes.length === 2) return twoClasses(fold, 1, [sums[0]!, sums[1]!], classes, byLabel, known.classNames);
    const perClass = sums.map((sum, code) => weightOf(classes[code]!, sum, sums, byLabel, known.classNames));
    return {
      target: { heldOut: fold, columns: perClass.map((weight, code) => ({ positive: code, positiveWeight: weight, negativeWeight: 0 })) },
      weightSum: sums.reduce((all, sum, code) => all + sum * perClass[code]!, 0),
    };
  })();
  checkWeightSum(name, target.weightSum);
  return target;
}

function twoClasses(
  heldOut: number,
  positive: number,
  sums: readonly [number, number],
  labels: readonly number[],
  weights: WeightsByLabel,
  classNames?: readonly string[] | undefined,
): WeightedTarget {
  const [negativeWeight, positiveWeight] = sums.map((sum, i) => weightOf(labels[i]!, sum, sums, weights, classNames)) as [number, number];
  return { target: { heldOut, columns: [{ positive, positiveWeight, negativeWeight }] }, weightSum: sums[0] * negativeWeight + sums[1] * positiveWeight };
}

function weightless(name: string): PipelineError {
  return new PipelineError('E_DATA', `${name}: the rows left to train on all have weight 0.`, { hint: 'Give at least one of them a weight above 0.' });
}
