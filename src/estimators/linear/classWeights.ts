// Class weights as users write them, by label or by the name of a class, as weights by label. A key that is neither would
// be ignored, and nobody would see it.
import { called } from '../../core/data/classNames.ts';
import { type Classes } from '../../core/data/dataset.ts';
import { distinctLabels, type Labels } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { z } from '../../dsl/params.ts';

export const classWeightParam = z
  .literal('balanced')
  .or(z.record(z.string(), z.number().min(0, { error: 'the weight of a class is a number of 0 or more' })))
  .optional()
  .describe("weight by label or class name, or 'balanced' for inverse class frequencies");

export type ClassWeight = z.output<typeof classWeightParam>;
export type WeightsByLabel = ReadonlyMap<number, number> | 'balanced' | undefined;

/** What a key may be. */
export interface Labelled {
  /** The dataset, for errors. */
  readonly name: string;
  /** Labels of all its rows. */
  readonly labels: readonly number[];
  /** What they are called: `classNames[label]`. */
  readonly classNames?: readonly string[] | undefined;
}

/** @throws E_PARAMS for a key that is no label and no name, or more than one */
export function weightsByLabel(classWeight: ClassWeight, data: Labelled): WeightsByLabel {
  if (classWeight === undefined || classWeight === 'balanced') return classWeight;
  const weights = new Map<number, number>();
  for (const [key, weight] of Object.entries(classWeight)) {
    const label = labelOf(key, data);
    if (weights.has(label)) throw refused(`'${key}' and another key mean label ${label}`, 'Give each class one weight.');
    weights.set(label, weight);
  }
  return weights;
}

function labelOf(key: string, { name, labels, classNames = [] }: Labelled): number {
  // '1' may be meant for a class called '1.0' or '01', whose label is another.
  const isNamed = (one: string): boolean => one === key || (one.trim() !== '' && Number(one) === Number(key));
  const means = new Set([...labels.filter((label) => String(label) === key), ...classNames.flatMap((one, label) => (isNamed(one) ? [label] : []))]);
  if (means.size === 1) return [...means][0]!;
  const known = [...new Set([...labels.map(String), ...classNames])];
  if (means.size === 0) throw refused(`'${key}' is neither a label of ${name} nor the name of one`, didYouMean(key, known, 'Labels and names'));
  const ways = [...means].map((label) => `${label} (${classNames[label] ?? label})`).join(' and ');
  throw refused(
    `'${key}' is the label of one class and the name of another: ${ways}`,
    `Use a key that only one class has: ${known.filter((one) => one !== key).join(', ')}.`,
  );
}

/** Weight of a label: as given, or inverse to its share when balanced. */
export function weightOf(label: number, sum: number, sums: readonly number[], weights: WeightsByLabel, classNames?: Labelled['classNames']): number {
  if (weights !== 'balanced') return weights?.get(label) ?? 1;
  if (sum > 0) return sums.reduce((a, b) => a + b, 0) / (sums.length * sum);
  throw refused(
    `'balanced' divides by the weight of each class, and the rows of ${called(label, classNames)} have none`,
    'Give rows of every class a weight above 0.',
  );
}

/**
 * Weight of each class of the rows that are not held out, `[classes]`.
 *
 * @param codes of each row, its position in `classes`
 * @param left.weights what rows count where weights are balanced, in row order; once each by default
 */
export function weightsByCode(
  classWeight: ClassWeight,
  { name, classes, codes, labels, classNames }: Pick<Classes, 'labels' | 'classNames'> & { name: string; classes: readonly number[]; codes: Labels },
  { folds, heldOut, weights }: { readonly folds: Folds | undefined; readonly heldOut: number | undefined; readonly weights?: Float32Array | undefined },
): readonly number[] {
  const sums = classes.map(() => 0);
  codes.forEach((code, row) => {
    if (heldOut === undefined || folds!.fold[row] !== heldOut) sums[code]! += weights?.[row] ?? 1;
  });
  const names = classNames?.map(String);
  const byLabel = weightsByLabel(classWeight, { name, labels: distinctLabels(labels), classNames: names });
  return classes.map((label, code) => weightOf(label, sums[code]!, sums, byLabel, names));
}

/** @throws E_PARAMS where nothing is left to learn from */
export function checkWeightSum(name: string, weightSum: number): void {
  if (weightSum === 0) throw refused(`every class that ${name} trains on has weight 0`, 'Give at least one class a weight above 0.');
}

function refused(what: string, hint: string): PipelineError {
  return new PipelineError('E_PARAMS', `classWeight: ${what}.`, { hint });
}
