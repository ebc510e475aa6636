// What exporters have in common: a few operators that stand for one step of a model.
import type { Scaling } from '../../core/data/dataset.ts';
import type { GraphBuilder, Value } from './builder.ts';
import type { ClassesSaid, KnownClasses } from './said.ts';

/** Features as a model means them. */
export function meant(b: GraphBuilder, x: Value, scaling: Scaling | undefined): Value {
  if (!scaling) return x;
  const cols = scaling.shift.length;
  return b.op('Mul', [b.op('Sub', [x, b.numbers(scaling.shift, [1, cols])]), b.numbers(scaling.factor, [1, cols])]);
}

/** Some columns of a value, in any order. */
export function picked(b: GraphBuilder, x: Value, columns: readonly number[]): Value {
  return b.op('Gather', [x, b.ints(columns)], { axis: { int: 1 } });
}

export function beside(b: GraphBuilder, parts: readonly Value[]): Value {
  return parts.length === 1 ? parts[0]! : b.op('Concat', parts, { axis: { int: 1 } });
}

/** Rows times weights. @param coef `[outputs][cols]` */
export function product(b: GraphBuilder, x: Value, coef: readonly ArrayLike<number>[]): Value {
  const cols = coef[0]!.length;
  const turned = Float64Array.from({ length: cols * coef.length }, (_, at) => coef[at % coef.length]![Math.floor(at / coef.length)]!);
  return b.op('MatMul', [x, b.numbers(turned, [cols, coef.length])]);
}

/** `[rows, outputs]` @param coef `[outputs][cols]` */
export function linear(b: GraphBuilder, x: Value, coef: readonly ArrayLike<number>[], intercept: ArrayLike<number>): Value {
  return b.op('Add', [product(b, x, coef), b.numbers(intercept, [1, coef.length])]);
}

/** Sums over each row, `[rows, 1]`. */
export function rowSums(b: GraphBuilder, x: Value): Value {
  return b.op('ReduceSum', [x, b.ints([1])], { keepdims: { int: 1 } });
}

/**
 * `[rows, points]` of squared distances.
 *
 * @param points `[points][cols]`
 * @param near a squared distance that must be told from 0; 0 for all
 */
export function squaresTo(b: GraphBuilder, x: Value, points: readonly ArrayLike<number>[], near: number): Value {
  // Around values of the points: squares of large numbers would leave nothing of their differences, and those of rows on a grid stay exact.
  const cols = points[0]!.length;
  const middle = Float64Array.from({ length: cols }, (_, j) => Float64Array.from(points, (own) => own[j]!).sort()[points.length >> 1]!);
  const around = points.map((own) => Float64Array.from(own, (value, j) => value - middle[j]!));
  const lengths = around.map((own) => own.reduce((sum, value) => sum + value * value, 0));
  if (lengths.some((own) => own * Number.EPSILON > 1e-9 * near)) return exactSquaresTo(b, x, points);
  const away = b.op('Sub', [x, b.numbers(middle, [1, cols])]);
  const both = b.op('Add', [rowSums(b, b.op('Mul', [away, away])), b.numbers(lengths, [1, points.length])]);
  const twice = product(
    b,
    away,
    around.map((own) => own.map((value) => 2 * value)),
  );
  return b.op('Relu', [b.op('Sub', [both, twice])]);
}

/** Differences first, point by point or column by column: slower than a product, and nothing cancels. */
function exactSquaresTo(b: GraphBuilder, x: Value, points: readonly ArrayLike<number>[]): Value {
  const square = (value: Value): Value => b.op('Mul', [value, value]);
  const cols = points[0]!.length;
  if (points.length <= cols)
    return beside(
      b,
      points.map((point) => rowSums(b, square(b.op('Sub', [x, b.numbers(point, [1, cols])])))),
    );
  const columns = Array.from({ length: cols }, (_, j) => {
    const own = Float64Array.from(points, (point) => point[j]!);
    return square(b.op('Sub', [picked(b, x, [j]), b.numbers(own, [1, own.length])]));
  });
  return columns.reduce((sum, one) => b.op('Add', [sum, one]));
}

/** log(1 + x), small as x may be. */
export function log1p(b: GraphBuilder, x: Value): Value {
  const one = b.number(1);
  const whole = b.op('Add', [x, one]);
  const kept = b.op('Sub', [whole, one]);
  const logs = b.op('Log', [whole]);
  // What was lost in adding 1 is given back; far from 0 nothing was.
  const isSmall = b.op('Less', [b.op('Abs', [x]), b.number(0.5)]);
  return b.op('Where', [b.op('Equal', [kept, b.number(0)]), x, b.op('Where', [isSmall, b.op('Div', [b.op('Mul', [logs, x]), kept]), logs])]);
}

/** exp(x) - 1, small as x may be. */
export function expm1(b: GraphBuilder, x: Value): Value {
  const raised = b.op('Exp', [x]);
  const less = b.op('Sub', [raised, b.number(1)]);
  const isSmall = b.op('Less', [b.op('Abs', [x]), b.number(0.5)]);
  const small = b.op('Div', [b.op('Mul', [less, x]), b.op('Log', [raised])]);
  return b.op('Where', [b.op('Equal', [less, b.number(0)]), x, b.op('Where', [isSmall, small, less])]);
}

/** Position of the class that decisions choose, `[rows]`: the first of the largest. */
export function codesOf(b: GraphBuilder, decisions: Value, classes: number): Value {
  if (classes !== 2) return largest(b, decisions);
  return b.op('Reshape', [b.cast(b.op('Greater', [decisions, b.number(0)]), 'int64'), b.ints([-1])]);
}

export function largest(b: GraphBuilder, x: Value): Value {
  return b.op('ArgMax', [x], { axis: { int: 1 }, keepdims: { int: 0 } });
}

/** 1 / (1 + exp(-x)), small as it may be: where runtimes have an operator for it, nothing is left of what is below 1e-16. */
export function logistic(b: GraphBuilder, x: Value): Value {
  const one = b.number(1);
  return b.op('Div', [one, b.op('Add', [one, b.op('Exp', [b.op('Neg', [x])])])]);
}

/** Probabilities of decisions, `[rows, classes]`: of two classes by the logistic function. */
export function softened(b: GraphBuilder, decisions: Value, classes: number): Value {
  if (classes !== 2) return b.op('Softmax', [decisions], { axis: { int: 1 } });
  return beside(b, [logistic(b, b.op('Neg', [decisions])), logistic(b, decisions)]);
}

/** The column of the second class less that of the first; of more classes as they are. */
export function asDecisions(b: GraphBuilder, shares: Value, classes: number): Value {
  return classes === 2 ? b.op('Sub', [picked(b, shares, [1]), picked(b, shares, [0])]) : shares;
}

/** 1 for a class and 0 for the others, `[rows, classes]`. @param codes `[rows]` */
export function votesOf(b: GraphBuilder, codes: Value, classes: number): Value {
  const column = b.op('Reshape', [b.cast(codes, 'double'), b.ints([-1, 1])]);
  return b.cast(
    b.op('Equal', [
      column,
      b.numbers(
        Float64Array.from({ length: classes }, (_, c) => c),
        [1, classes],
      ),
    ]),
    'double',
  );
}

/** What a classifier says by its decisions alone. */
export function byDecisions(b: GraphBuilder, { classes, classNames, binarized }: KnownClasses, decisions: Value, more: Partial<ClassesSaid> = {}): ClassesSaid {
  return { kind: 'classifier', classes, classNames, binarized, decisions, codes: more.codes ?? codesOf(b, decisions, classes.length), ...more };
}

/** What a classifier says by shares of classes, which are its probabilities. @param shares `[rows, classes]` */
export function byShares(b: GraphBuilder, known: KnownClasses, shares: Value): ClassesSaid {
  const codes = largest(b, shares);
  return byDecisions(b, known, asDecisions(b, shares, known.classes.length), { codes, probabilities: shares, response: 'probabilities' });
}

/** What classifiers are combined by: decisions where they have some, else probabilities; `[rows, 1]` of two classes. */
export function responseOf(b: GraphBuilder, said: ClassesSaid): Value {
  if (said.response !== 'probabilities') return said.decisions;
  return said.classes.length === 2 ? picked(b, said.probabilities!, [1]) : said.probabilities!;
}

/** Mean of several values of one shape. */
export function meanOf(b: GraphBuilder, said: readonly Value[], weights: ArrayLike<number> = said.map(() => 1)): Value {
  const total = said.reduce((sum, _, k) => sum + weights[k]!, 0);
  const weighted = said.map((one, k) => (weights[k] === 1 ? one : b.op('Mul', [one, b.number(weights[k]!)])));
  return b.op('Div', [weighted.reduce((sum, one) => b.op('Add', [sum, one])), b.number(total)]);
}

/** Shares of each row's sum; equal ones where it is 0. @param x `[rows, columns]`, none below 0 */
export function sharesOf(b: GraphBuilder, x: Value, columns: number): Value {
  const sums = rowSums(b, x);
  return b.op('Where', [b.op('Greater', [sums, b.number(0)]), b.op('Div', [x, sums]), b.number(1 / columns)]);
}

/** The probability of the second of two classes, and before it what is left. */
export function withRest(b: GraphBuilder, share: Value): Value {
  return beside(b, [b.op('Sub', [b.number(1), share]), share]);
}

/** No less than one number, and no more than another. */
export function within(b: GraphBuilder, x: Value, least: number, most: number): Value {
  const [low, high] = [b.number(least), b.number(most)];
  const raised = b.op('Where', [b.op('Less', [x, low]), low, x]);
  return b.op('Where', [b.op('Greater', [raised, high]), high, raised]);
}
