// Layers of units, and filters that look at pictures.
import type { Scaling } from '../../../core/data/dataset.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { byDecisions, meant, softened } from '../operators.ts';
import type { Exporter, Exporting, Features, KnownClasses } from '../said.ts';

interface Network {
  readonly coefs: readonly Float32Array[];
  readonly intercepts: readonly Float32Array[];
  readonly activation: 'identity' | 'logistic' | 'tanh' | 'relu';
  readonly scaling?: Scaling | undefined;
}

const ACTIVATIONS = { identity: undefined, logistic: 'Sigmoid', tanh: 'Tanh', relu: 'Relu' } as const;

function bent(b: GraphBuilder, x: Value, activation: Network['activation']): Value {
  const op = ACTIVATIONS[activation];
  return op ? b.op(op, [x]) : x;
}

/** The layers from one on, `[rows, units]`. */
function layers(b: GraphBuilder, first: Value, { coefs, intercepts, activation }: Network, from = 0): Value {
  let x = first;
  for (let i = from; i < coefs.length; i++) {
    const units = intercepts[i]!.length;
    const sums = b.op('MatMul', [x, b.numbers(coefs[i]!, [coefs[i]!.length / units, units])]);
    x = b.op('Add', [sums, b.numbers(intercepts[i]!, [1, units])]);
    if (i < coefs.length - 1) x = bent(b, x, activation);
  }
  return x;
}

function said({ b, ...to }: Exporting, fields: Network, rows: Features): Value {
  to.needsValues(rows);
  return layers(b, meant(b, rows.x, fields.scaling), fields);
}

const byScores = (b: GraphBuilder, known: KnownClasses, decisions: Value) =>
  byDecisions(b, known, decisions, { probabilities: softened(b, decisions, known.classes.length), response: 'probabilities' });

export const networkClassifier: Exporter<Network & KnownClasses> = (to, fields, rows) => byScores(to.b, fields, said(to, fields, rows));

export const networkRegressor: Exporter<Network> = (to, fields, rows) => ({
  kind: 'regressor',
  values: said(to, fields, rows),
  outputs: fields.intercepts.at(-1)!.length,
});

interface Convolutional extends Network, KnownClasses {
  readonly picture: { readonly height: number; readonly width: number; readonly channels: number };
  readonly filters: readonly number[];
  readonly kernelSize: number;
}

export const convolutional: Exporter<Convolutional> = ({ b, ...to }, fields, rows) => {
  to.needsValues(rows);
  const { picture, filters, kernelSize, coefs, intercepts, activation, scaling } = fields;
  let { height, width, channels } = picture;
  const lines = b.op('Reshape', [meant(b, rows.x, scaling), b.ints([-1, height, width, channels])]);
  // Pictures are convolved in 32 bits, as the model does it.
  let x = b.cast(b.op('Transpose', [lines], { perm: { ints: [0, 3, 1, 2] } }), 'float');
  for (const [i, count] of filters.entries()) {
    const [high, wide] = [Math.min(kernelSize, height), Math.min(kernelSize, width)];
    // [high][wide][channels][filters] as [filters][channels][high][wide]
    const turned = Float32Array.from({ length: coefs[i]!.length }, (_, at) => {
      const [w, rest] = [at % wide, Math.floor(at / wide)];
      const [h, above] = [rest % high, Math.floor(rest / high)];
      return coefs[i]![((h * wide + w) * channels + (above % channels)) * count + Math.floor(above / channels)]!;
    });
    const weights = b.tensor({ type: 'float', dims: [count, channels, high, wide], data: turned });
    const bias = b.tensor({ type: 'float', dims: [count], data: Float32Array.from(intercepts[i]!) });
    const made = bent(b, b.op('Conv', [x, weights, bias], { kernel_shape: { ints: [high, wide] } }), activation);
    const [placesHigh, placesWide] = [height - high + 1, width - wide + 1];
    x = b.op('MaxPool', [made], { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] }, ceil_mode: { int: 1 } });
    [height, width, channels] = [Math.ceil(placesHigh / 2), Math.ceil(placesWide / 2), count];
  }
  const back = b.op('Transpose', [b.cast(x, 'double')], { perm: { ints: [0, 2, 3, 1] } });
  const flat = b.op('Reshape', [back, b.ints([-1, height * width * channels])]);
  return byScores(b, fields, layers(b, flat, fields, filters.length));
};
