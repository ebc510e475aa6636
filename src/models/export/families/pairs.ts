// Classes told apart by models of two classes each, and labels predicted one after another.
import type { Value } from '../builder.ts';
import { beside, byDecisions, codesOf, picked, responseOf, sharesOf } from '../operators.ts';
import type { ClassesSaid, Exporter, KnownClasses } from '../said.ts';
import { asShare } from '../votes.ts';
import { eachSaid } from './ensembles.ts';

export const oneVsRest: Exporter<KnownClasses & { readonly models: readonly object[] }> = async (to, { models, ...known }, rows) => {
  const { b } = to;
  const each = await eachSaid<ClassesSaid>(to, models, () => rows);
  const [first] = each as readonly [ClassesSaid];
  const response = each.every((said) => said.response) ? ({ response: 'probabilities' } as const) : {};
  if (each.length === 1)
    return { ...first, ...response, classes: known.classes, classNames: known.classNames, binarized: known.binarized, codes: codesOf(b, first.decisions, 2) };
  const decisions = beside(
    b,
    each.map((said) => responseOf(b, said)),
  );
  if (!each.every((said) => said.probabilities)) return byDecisions(b, known, decisions, response);
  const seconds = beside(
    b,
    each.map((said) => picked(b, said.probabilities!, [1])),
  );
  return byDecisions(b, known, decisions, { ...response, probabilities: sharesOf(b, seconds, each.length) });
};

export const oneVsOne: Exporter<KnownClasses & { readonly models: readonly object[] }> = async (to, { models, ...known }, rows) => {
  const { b } = to;
  const count = known.classes.length;
  const pairs = Array.from({ length: count }, (_, one) => Array.from({ length: count - 1 - one }, (_, k) => [one, one + 1 + k] as const)).flat();
  const each = await eachSaid<ClassesSaid>(to, models, () => rows);
  /** Sums for each class, of what is said for the second of a pair and what for the first. */
  const sums = (said: readonly Value[], second: number, first: number): Value => {
    const turn = Float64Array.from({ length: pairs.length * count }, (_, at) => {
      const [one, other] = pairs[Math.floor(at / count)]!;
      return at % count === other ? second : at % count === one ? first : 0;
    });
    return b.op('MatMul', [beside(b, said), b.numbers(turn, [pairs.length, count])]);
  };
  const seconds = each.map((said) => b.op('Reshape', [b.cast(said.codes, 'double'), b.ints([-1, 1])]));
  const firsts = seconds.map((one) => b.op('Sub', [b.number(1), one]));
  const votes = b.op('Add', [sums(seconds, 1, 0), sums(firsts, 0, 1)]);
  const sure = sums(
    each.map((said) => responseOf(b, said)),
    1,
    -1,
  );
  const decisions = b.op('Add', [votes, asShare(b, sure)]);
  if (count !== 2) return byDecisions(b, known, decisions);
  // What a pair says of its second class is above 0 where it is a decision, and above 1/2 where it is a probability.
  const least = each[0]!.response === 'probabilities' ? 0.5 : 0;
  return byDecisions(b, known, b.op('Sub', [picked(b, decisions, [1]), b.number(least)]));
};

export const classifierChain: Exporter<{ readonly models: readonly object[]; readonly order: readonly number[] }> = async (to, { models, order }, rows) => {
  const { b } = to;
  let seen = rows;
  const said: ClassesSaid[] = [];
  const bits: Value[] = [];
  for (const model of models) {
    const own = (await to.say(model, seen)) as ClassesSaid;
    said.push(own);
    bits.push(b.op('Reshape', [b.cast(own.codes, 'double'), b.ints([-1, 1])]));
    seen = { x: beside(b, [seen.x, bits.at(-1)!]), columns: [...seen.columns, {}] };
  }
  // Labels are numbered apart from the order of the chain.
  const places = order.map((_, label) => order.indexOf(label));
  const decisions = picked(
    b,
    beside(
      b,
      said.map((own) => own.decisions),
    ),
    places,
  );
  return { kind: 'multilabel', labels: models.length, decisions, bits: b.cast(picked(b, beside(b, bits), places), 'int64') };
};
