// Decisions of pairs of classes, and what follows for each class: how many pairs vote for it, and how sure they are.
import type { GraphBuilder, Value } from './builder.ts';
import { product } from './operators.ts';

type Pairs = readonly (readonly [one: number, other: number])[];

/** Sums for each class, of what pairs say for their first and for their second class. */
function toClasses(b: GraphBuilder, said: Value, pairs: Pairs, classes: number, first: number, second: number): Value {
  const signs = Array.from({ length: classes }, (_, c) => Float64Array.from(pairs, ([one, other]) => (c === one ? first : c === other ? second : 0)));
  return product(b, said, signs);
}

/** How sure all pairs together are, between -1/3 and 1/3: it decides between equally many votes. @param sure sums, `[rows, classes]` */
export function asShare(b: GraphBuilder, sure: Value): Value {
  return b.op('Div', [sure, b.op('Mul', [b.op('Add', [b.op('Abs', [sure]), b.number(1)]), b.number(3)])]);
}

/** @param each above 0 for the first of a pair, `[rows, pairs]` */
export function votesByPair(b: GraphBuilder, each: Value, pairs: Pairs, classes: number): { readonly votes: Value; readonly decisions: Value } {
  const counted = (first: Value): Value => {
    const forFirst = b.cast(first, 'double');
    const forSecond = b.op('Sub', [b.number(1), forFirst]);
    return b.op('Add', [toClasses(b, forFirst, pairs, classes, 1, 0), toClasses(b, forSecond, pairs, classes, 0, 1)]);
  };
  const votes = counted(b.op('Greater', [each, b.number(0)]));
  const almost = counted(b.op('GreaterOrEqual', [each, b.number(0)])); // 0 is a vote for the second, and a decision for the first
  return { votes, decisions: b.op('Add', [almost, asShare(b, toClasses(b, each, pairs, classes, 1, -1))]) };
}
