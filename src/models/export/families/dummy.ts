// Models that look at no feature.
import { PipelineError } from '../../../core/errors/errors.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { byShares, picked } from '../operators.ts';
import type { Exporter, Features, KnownClasses } from '../said.ts';

/** The same numbers for every row, `[rows, numbers]`. */
function constant(b: GraphBuilder, { x }: Features, values: ArrayLike<number>): Value {
  const nothing = b.op('Mul', [b.cast(b.op('IsNaN', [picked(b, x, [0])]), 'double'), b.number(0)]);
  return b.op('Add', [nothing, b.numbers(values, [1, values.length])]);
}

export const dummyClassifier: Exporter<KnownClasses & { readonly strategy: string; readonly classPrior: Float64Array }> = ({ b }, fields, rows) => {
  const { strategy, classPrior } = fields;
  if (strategy === 'uniform' || strategy === 'stratified') {
    throw new PipelineError('E_USAGE', `dummyClassifier with strategy '${strategy}' draws what it says, and a graph of operators draws nothing.`, {
      hint: "Export one with strategy 'prior', 'mostFrequent' or 'constant'.",
    });
  }
  const most = classPrior.indexOf(Math.max(...classPrior));
  return byShares(b, fields, constant(b, rows, strategy === 'mostFrequent' ? classPrior.map((_, c) => Number(c === most)) : classPrior));
};

export const dummyRegressor: Exporter<{ readonly constant: Float64Array }> = ({ b }, fields, rows) => ({
  kind: 'regressor',
  values: constant(b, rows, fields.constant),
  outputs: fields.constant.length,
});
