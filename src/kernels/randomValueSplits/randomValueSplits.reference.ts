// A split of a node of values at a place drawn, in plain loops.
import { placeOf } from '../randomSplits/randomSplits.ts';
import { rightOf, type ValueSplit, type ValueSplitInput } from '../valueSplits/valueSplits.reference.ts';

export interface RandomValueSplitInput extends ValueSplitInput {
  /** Of each bin, ascending. */
  readonly positions: ArrayLike<number>;
  readonly draw: number;
}

/** `upper` is the greatest bin; undefined where members are all of one bin or alike, and where one side has too few. */
export function randomValueSplitReference({ positions, draw, ...input }: RandomValueSplitInput): (ValueSplit & { readonly low: number }) | undefined {
  const bins = Array.from(input.bins);
  const [low, high] = [Math.min(...bins), Math.max(...bins)];
  if (!(low < high) || new Set(Array.from(input.kinds)).size < 2) return undefined;
  const place = placeOf(draw, positions[low]!, positions[high]!);
  let lower = low;
  while (lower + 1 < high && positions[lower + 1]! <= place) lower++;
  const right = rightOf(input, lower + 1);
  return right && { ...right, lower, upper: high, low };
}
