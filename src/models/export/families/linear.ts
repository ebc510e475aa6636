// Models of weights over features: their scores, and what those mean.
import type { Scaling } from '../../../core/data/dataset.ts';
import type { Value } from '../builder.ts';
import { byDecisions, linear, logistic as logisticOf, meant, sharesOf, softened, within, withRest } from '../operators.ts';
import type { Exporter, Exporting, Features, KnownClasses } from '../said.ts';

interface Fields extends KnownClasses {
  readonly coef: readonly Float64Array[];
  readonly intercept: ArrayLike<number>;
  readonly scaling?: Scaling | undefined;
}

function scoresOf({ b, ...to }: Exporting, { coef, intercept, scaling }: Omit<Fields, keyof KnownClasses>, rows: Features): Value {
  to.needsValues(rows);
  return linear(b, meant(b, rows.x, scaling), coef, intercept);
}

/** Without probabilities. */
export const linearClassifier: Exporter<Fields> = (to, fields, rows) => byDecisions(to.b, fields, scoresOf(to, fields, rows));

export const logistic: Exporter<Fields> = (to, fields, rows) => {
  const decisions = scoresOf(to, fields, rows);
  return byDecisions(to.b, fields, decisions, { probabilities: softened(to.b, decisions, fields.classes.length) });
};

export const sgdClassifier: Exporter<Fields & { readonly loss: string }> = (to, fields, rows) => {
  const { b } = to;
  const decisions = scoresOf(to, fields, rows);
  if (fields.loss !== 'logLoss' && fields.loss !== 'modifiedHuber') return byDecisions(b, fields, decisions);
  const clipped = (): Value => b.op('Div', [b.op('Add', [within(b, decisions, -1, 1), b.number(1)]), b.number(2)]);
  const each = fields.loss === 'logLoss' ? logisticOf(b, decisions) : clipped();
  const count = fields.classes.length;
  return byDecisions(b, fields, decisions, { probabilities: count === 2 ? withRest(b, each) : sharesOf(b, each, count) });
};

export const linearRegressor: Exporter<Fields> = (to, fields, rows) => ({ kind: 'regressor', values: scoresOf(to, fields, rows), outputs: fields.coef.length });

export const poissonRegressor: Exporter<Fields> = (to, fields, rows) => ({
  kind: 'regressor',
  values: to.b.op('Exp', [scoresOf(to, fields, rows)]),
  outputs: 1,
});
