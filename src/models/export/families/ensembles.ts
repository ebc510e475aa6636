// Models that are made of others of one target.
import type { Scaling } from '../../../core/data/dataset.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { meantFeatures } from '../columns.ts';
import {
  asDecisions,
  beside,
  byDecisions,
  byShares,
  largest,
  logistic,
  meanOf,
  picked,
  responseOf,
  rowSums,
  sharesOf,
  softened,
  votesOf,
  withRest,
} from '../operators.ts';
import { onLine } from '../quantiles.ts';
import type { ClassesSaid, Exporter, Exporting, Features, KnownClasses, ValuesSaid } from '../said.ts';

/** What each of some models says, in turn. */
export async function eachSaid<S>(to: Exporting, models: Iterable<object>, rowsFor: (model: number) => Features): Promise<readonly S[]> {
  const said: S[] = [];
  for (const model of models) said.push((await to.say(model, rowsFor(said.length))) as S);
  return said;
}

/** `[rows][own]` of a model as `[rows][all]` of all classes, 0 where it has none. */
function spread(b: GraphBuilder, x: Value, own: readonly number[], all: readonly number[]): Value {
  if (own.length === all.length) return x;
  const turn = Float64Array.from({ length: own.length * all.length }, (_, at) => Number(own[Math.floor(at / all.length)] === all[at % all.length]));
  return b.op('MatMul', [x, b.numbers(turn, [own.length, all.length])]);
}

/** Probabilities of all classes, or one for the class predicted where a model has none. */
function sharesSaid(b: GraphBuilder, said: ClassesSaid, classes: readonly number[]): Value {
  return spread(b, said.probabilities ?? votesOf(b, said.codes, said.classes.length), said.classes, classes);
}

type Named = Readonly<Record<string, object>>;

interface Voting extends KnownClasses {
  readonly voting: 'hard' | 'soft';
  readonly weights?: readonly number[] | undefined;
  readonly models: Named;
}

export const votingClassifier: Exporter<Voting> = async (to, { voting, weights, models, ...known }, rows) => {
  const { b } = to;
  const each = await eachSaid<ClassesSaid>(to, Object.values(models), () => rows);
  const soft = voting === 'soft';
  const shares = meanOf(
    b,
    each.map((said) => sharesSaid(b, soft ? said : { ...said, probabilities: undefined }, known.classes)),
    weights,
  );
  if (soft) return byShares(b, known, shares);
  return byDecisions(b, known, asDecisions(b, shares, known.classes.length), { codes: largest(b, shares) });
};

export const votingRegressor: Exporter<{ readonly weights?: readonly number[] | undefined; readonly models: Named }> = async (
  to,
  { weights, models },
  rows,
) => {
  const each = await eachSaid<ValuesSaid>(to, Object.values(models), () => rows);
  const values = each.map((said) => said.values);
  return { kind: 'regressor', values: meanOf(to.b, values, weights), outputs: each[0]!.outputs };
};

interface Bags {
  readonly models: readonly object[];
  readonly features?: readonly Uint32Array[] | undefined;
}

function bagSaid<S>(to: Exporting, { models, features }: Bags, rows: Features): Promise<readonly S[]> {
  return eachSaid<S>(to, models, (bag) => {
    const own = features && [...features[bag]!];
    return own ? { x: picked(to.b, rows.x, own), columns: own.map((j) => rows.columns[j]!) } : rows;
  });
}

export const baggingClassifier: Exporter<Bags & KnownClasses> = async (to, fields, rows) => {
  const { b } = to;
  const { classes } = fields;
  const each = await bagSaid<ClassesSaid>(to, fields, rows);
  const shares = meanOf(
    b,
    each.map((said) => sharesSaid(b, said, classes)),
  );
  if (each.some((said) => said.response === 'probabilities' || said.classes.length < classes.length)) return byShares(b, fields, shares);
  const decisions = meanOf(
    b,
    each.map((said) => said.decisions),
  );
  return byDecisions(b, fields, decisions, { codes: largest(b, shares), probabilities: shares });
};

export const baggingRegressor: Exporter<Bags> = async (to, fields, rows) => {
  const each = await bagSaid<ValuesSaid>(to, fields, rows);
  const values = each.map((said) => said.values);
  return { kind: 'regressor', values: meanOf(to.b, values), outputs: each[0]!.outputs };
};

interface Rounds {
  readonly models: readonly object[];
  readonly estimatorWeights: Float64Array;
}

export const adaBoostClassifier: Exporter<Rounds & KnownClasses> = async (to, { models, estimatorWeights, ...known }, rows) => {
  const { b } = to;
  const count = known.classes.length;
  const each = await eachSaid<ClassesSaid>(to, models, () => rows);
  // A model gives what it counts to the class that it predicts, and takes as much from the others together.
  const counted = each.map((said, i) => {
    const votes = spread(b, votesOf(b, said.codes, said.classes.length), said.classes, known.classes);
    const signed = b.op('Sub', [b.op('Mul', [votes, b.number(1 + 1 / (count - 1))]), b.number(1 / (count - 1))]);
    return b.op('Mul', [signed, b.number(estimatorWeights[i]!)]);
  });
  const total = estimatorWeights.reduce((sum, own) => sum + own, 0);
  const sums = b.op('Div', [counted.reduce((sum, one) => b.op('Add', [sum, one])), b.number(total)]);
  const decisions = asDecisions(b, sums, count);
  return byDecisions(b, known, decisions, { probabilities: softened(b, b.op('Div', [decisions, b.number(count - 1)]), count) });
};

/** Of each row the least value such that it and those below count at least half. */
export const adaBoostRegressor: Exporter<Rounds> = async (to, { models, estimatorWeights }, rows) => {
  const { b } = to;
  const each = await eachSaid<ValuesSaid>(to, models, () => rows);
  const said = beside(
    b,
    each.map(({ values }) => values),
  );
  const count = models.length;
  const [sorted, order] = b.ops('TopK', [said, b.ints([count])], 2, { axis: { int: 1 }, largest: { int: 0 }, sorted: { int: 1 } });
  const counts = b.op('Gather', [b.numbers(estimatorWeights, [count]), order!], { axis: { int: 0 } });
  const upTo = Float64Array.from({ length: count * count }, (_, at) => Number(Math.floor(at / count) <= at % count));
  const sums = b.op('MatMul', [counts, b.numbers(upTo, [count, count])]);
  const half = b.op('Div', [picked(b, sums, [count - 1]), b.number(2)]);
  const first = largest(b, b.cast(b.op('GreaterOrEqual', [sums, half]), 'double'));
  return { kind: 'regressor', values: rowSums(b, b.op('Mul', [sorted!, votesOf(b, first, count)])), outputs: 1 };
};

interface Stack {
  readonly models: Named;
  readonly methods: readonly ('predictProba' | 'decisionFunction')[];
  readonly passed?: { readonly scaling?: Scaling | undefined } | undefined;
}

export const stack: Exporter<Stack> = async (to, { models, methods, passed }, rows) => {
  const { b } = to;
  const each = await eachSaid<ClassesSaid | ValuesSaid>(to, Object.values(models), () => rows);
  const parts = each.map((said, k): readonly [Value, number] => {
    if (said.kind === 'regressor') return [said.values, said.outputs];
    const count = said.classes.length;
    if (methods[k] !== 'predictProba') return [said.decisions, count === 2 ? 1 : count];
    return count === 2 ? [picked(b, said.probabilities!, [1]), 1] : [said.probabilities!, count];
  });
  const columns = parts.flatMap(([, count]) => Array.from({ length: count }, () => ({})));
  const values = parts.map(([value]) => value);
  if (!passed) return { kind: 'transformer', x: beside(b, values), columns };
  const own = meantFeatures(to, rows, passed.scaling);
  return { kind: 'transformer', x: beside(b, [...values, own.x]), columns: [...columns, ...own.columns] };
};

interface Calibrated extends KnownClasses {
  readonly calibrated: readonly {
    readonly model: object;
    readonly calibrators: readonly ({ readonly a: number; readonly b: number } | { readonly x: Float64Array; readonly y: Float64Array })[];
  }[];
}

export const calibrated: Exporter<Calibrated> = async (to, { calibrated: each, ...known }, rows) => {
  const { b } = to;
  const count = known.classes.length;
  const said = await eachSaid<ClassesSaid>(
    to,
    each.map(({ model }) => model),
    () => rows,
  );
  const shares = said.map((one, k) => {
    const response = responseOf(b, one);
    const own = each[k]!.calibrators.map((by, c) => {
      const column = picked(b, response, [c]);
      if ('x' in by) return onLine(b, column, by.x, by.y);
      return logistic(b, b.op('Sub', [b.op('Mul', [column, b.number(-by.a)]), b.number(by.b)]));
    });
    return count === 2 ? withRest(b, own[0]!) : sharesOf(b, beside(b, own), count);
  });
  return byShares(b, known, meanOf(b, shares));
};

export const threshold: Exporter<KnownClasses & { readonly model: object; readonly threshold: number }> = async (
  to,
  { model, threshold: least, ...known },
  rows,
) => {
  const { b } = to;
  const said = (await to.say(model, rows)) as ClassesSaid;
  const reached = b.op('GreaterOrEqual', [responseOf(b, said), b.number(least)]);
  const codes = b.op('Reshape', [b.cast(reached, 'int64'), b.ints([-1])]);
  return { ...said, classes: known.classes, classNames: known.classNames, binarized: known.binarized, codes };
};
