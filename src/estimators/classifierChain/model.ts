// A fitted chain of classifiers: each is asked of the features and of what those before it predict.
import { checkColumns } from '../../core/data/columns.ts';
import { encodeAs, registerType } from '../../core/encoding/encoding.ts';
import type { Device, Multilabel, RowsOf } from '../../dsl/estimator.ts';
import { knownBeside, type Combined, type KnownRows } from '../combined/models.ts';
import { multilabelOf, type FittedClassifier, type Says } from '../define/models.ts';
import { beside } from './beside.ts';

export interface ChainFields<M = FittedClassifier> {
  /** One for each label, in the order of the chain. */
  readonly models: readonly M[];
  /** Which label each of them predicts. */
  readonly order: readonly number[];
}

/** A fitted chain, with its models in `fields.models`. */
export interface ClassifierChainModel<M> extends Combined<Multilabel, ChainFields<M> & KnownRows> {
  /** `[rows][labels]`; absent where the estimator has no probabilities. */
  readonly predictProba?: Says;
}

export function chainOfClassifiers(fields: ChainFields & KnownRows): ClassifierChainModel<FittedClassifier> {
  const { models, order, cols, columns, categories } = fields;
  /** What each model says, with what those before it predict beside the features, `[rows][labels]`. */
  const asked = async (rows: RowsOf, context: Device | undefined, say: (model: FittedClassifier, rows: RowsOf, bits: Uint8Array) => Promise<Float64Array>) => {
    checkColumns(rows.name, { cols: rows.x.cols, columns: rows.columns }, { cols, columns });
    const count = rows.rows.length;
    const out = new Float64Array(count * models.length);
    const bits: Uint8Array[] = [];
    for (const [k, model] of models.entries()) {
      const wide = { name: rows.name, x: beside(rows, bits), rows: Uint32Array.from(rows.rows.keys()) };
      const own = Uint8Array.from(await model.predict(wide, context));
      (await say(model, wide, own)).forEach((value, row) => (out[row * models.length + order[k]!] = value));
      bits.push(own);
    }
    return out;
  };
  const decisionFunction: Says = (rows, context) => asked(rows, context, (model, wide) => model.decisionFunction(wide, context));
  const hasProbabilities = models.every(({ predictProba }) => predictProba);
  return {
    ...multilabelOf({
      summary: { order: [...order] },
      categories,
      labels: models.length,
      decisionFunction,
      predict: async (rows, context) => Uint8Array.from(await asked(rows, context, async (_model, _rows, bits) => Float64Array.from(bits))),
    }),
    ...(hasProbabilities
      ? {
          predictProba: (rows, context) =>
            asked(rows, context, async (model, wide) => (await model.predictProba!(wide, context)).filter((_, at) => at % 2 === 1)),
        }
      : {}),
    ...knownBeside(fields),
    fields,
    [encodeAs]: { type: TYPE, fields },
  };
}

const TYPE = registerType('classifierChainModel', (fields: ChainFields & KnownRows) => chainOfClassifiers(fields));
