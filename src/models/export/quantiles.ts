// Lines through points, and what lies below a value of a sorted list.
import { CENTRAL, MIDDLE } from '../../transforms/quantile/normalQuantile.ts';
import type { GraphBuilder, Value } from './builder.ts';
import { rowSums, within } from './operators.ts';

/** How many of some ascending numbers a value is above, or is no less than; `[rows, 1]`. */
function countBelow(b: GraphBuilder, x: Value, sorted: ArrayLike<number>, op: 'Greater' | 'GreaterOrEqual'): Value {
  return rowSums(b, b.cast(b.op(op, [x, b.numbers(sorted, [1, sorted.length])]), 'double'));
}

/** Entries of a list. @param at positions, `[rows, 1]` */
function entries(b: GraphBuilder, list: ArrayLike<number>, at: Value): Value {
  return b.op('Gather', [b.numbers(list, [list.length]), b.cast(at, 'int64')], { axis: { int: 0 } });
}

/** On the line through points, and level beyond their ends. @param x `[rows, 1]` @param xs ascending */
export function onLine(b: GraphBuilder, x: Value, xs: ArrayLike<number>, ys: ArrayLike<number>): Value {
  const last = xs.length - 1;
  const slopes = Float64Array.from(xs, (from, i) => (i < last && xs[i + 1]! > from ? (ys[i + 1]! - ys[i]!) / (xs[i + 1]! - from) : 0));
  const own = within(b, x, xs[0]!, xs[last]!);
  const at = b.op('Sub', [countBelow(b, own, xs, 'GreaterOrEqual'), b.number(1)]);
  const along = b.op('Mul', [entries(b, slopes, at), b.op('Sub', [own, entries(b, xs, at)])]);
  return b.op('Add', [along, entries(b, ys, at)]);
}

/** The share of values below one, by quantiles; of equal quantiles it has the middle. @param near so near to an end is there */
export function sharesBelow(b: GraphBuilder, x: Value, quantiles: Float64Array, shares: Float64Array, near: number): Value {
  const [least, most, last] = [quantiles[0]!, quantiles.at(-1)!, quantiles.length - 1];
  const [less, upTo] = [countBelow(b, x, quantiles, 'Greater'), countBelow(b, x, quantiles, 'GreaterOrEqual')];
  const first = entries(b, shares, within(b, less, 0, last));
  const end = entries(b, shares, within(b, b.op('Sub', [upTo, b.number(1)]), 0, last));
  const middle = b.op('Div', [b.op('Add', [first, end]), b.number(2)]);
  const own = b.op('Where', [b.op('Greater', [upTo, less]), middle, onLine(b, x, quantiles, shares)]);
  const isLeast = near > 0 ? b.op('Less', [b.op('Sub', [x, b.number(near)]), b.number(least)]) : b.op('LessOrEqual', [x, b.number(least)]);
  const isMost = near > 0 ? b.op('Greater', [b.op('Add', [x, b.number(near)]), b.number(most)]) : b.op('GreaterOrEqual', [x, b.number(most)]);
  const top = b.number(near > 0 ? 1 : shares[last]!);
  return b.op('Where', [isLeast, b.number(0), b.op('Where', [isMost, top, own])]);
}

/** The inverse of the normal distribution function, of shares that are at least `near` away from 0 and 1, or taken as such. */
export function normalQuantiles(b: GraphBuilder, x: Value, near: number): Value {
  const least = near - Number.EPSILON;
  const share = within(b, x, least, 1 - least);
  const ratio = ({ above, below }: typeof CENTRAL | typeof MIDDLE, at: Value): Value => {
    const polynomial = (weights: readonly number[]): Value =>
      weights.slice(0, -1).reduceRight<Value>((sum, weight) => b.op('Add', [b.op('Mul', [sum, at]), b.number(weight)]), b.number(weights.at(-1)!));
    return b.op('Div', [polynomial(above), polynomial(below)]);
  };
  const centered = b.op('Sub', [share, b.number(0.5)]);
  const central = b.op('Mul', [centered, ratio(CENTRAL, b.op('Sub', [b.number(0.180625), b.op('Mul', [centered, centered])]))]);
  const tail = b.op('Sub', [b.number(0.5), b.op('Abs', [centered])]);
  const size = ratio(MIDDLE, b.op('Sub', [b.op('Sqrt', [b.op('Neg', [b.op('Log', [tail])])]), b.number(1.6)]));
  const outer = b.op('Where', [b.op('Less', [centered, b.number(0)]), b.op('Neg', [size]), size]);
  return b.op('Where', [b.op('LessOrEqual', [b.op('Abs', [centered]), b.number(0.425)]), central, outer]);
}
