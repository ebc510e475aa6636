// A split at a place drawn, in plain loops.
import { sidesOf, type ClassSplit, type ClassSplitInput } from '../classSplits/classSplits.reference.ts';
import { placeOf } from './randomSplits.ts';

export interface RandomSplitInput extends ClassSplitInput {
  /** Of each bin, ascending. */
  readonly positions: ArrayLike<number>;
  readonly draw: number;
}

/** `upper` is the greatest bin; undefined where members are all of one bin, or there are none, and where one side has too few. */
export function randomSplitReference({ positions, draw, ...input }: RandomSplitInput): (ClassSplit & { readonly low: number }) | undefined {
  const bins = Array.from(input.bins);
  const [low, high] = [Math.min(...bins), Math.max(...bins)];
  if (!(low < high)) return undefined;
  const place = placeOf(draw, positions[low]!, positions[high]!);
  let lower = low;
  while (lower + 1 < high && positions[lower + 1]! <= place) lower++;
  const sides = sidesOf(input, lower + 1);
  return sides && { ...sides, lower, upper: high, low };
}
