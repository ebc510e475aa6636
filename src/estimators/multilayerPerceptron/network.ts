// Layers of units on the device: their weights, padded to quads, and what they say of rows.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { RandomState } from '../../core/data/random.ts';
import { denseLayerFor } from '../../kernels/denseLayer/denseLayer.ts';
import { ACTIVATIONS, type Activation } from '../../kernels/lib/activation.ts';

/** Weights as users see them, layer after layer. */
export interface Weights {
  /** `[inputs][units]` each. */
  readonly coefs: readonly Float32Array[];
  /** `[units]` each. */
  readonly intercepts: readonly Float32Array[];
}

/** One layer on the device. */
export interface Layer {
  readonly inputs: number;
  readonly units: number;
  readonly inQuads: number;
  readonly outQuads: number;
  /** `[inQuads * 4 + 1][outQuads]`, constant terms last. */
  readonly weights: DeviceBuffer;
  readonly activation: number;
}

const quads = (count: number): number => Math.ceil(count / 4);

/** Rows that are asked of at once. */
const ASKED = 2048;

/** scikit-learn's first weights: uniform, in bounds by how many units a weight joins (Glorot and Bengio 2010). @param sizes of the features, the layers and the outputs */
export function firstWeights(sizes: readonly number[], activation: Activation, random: RandomState): Weights {
  const coefs: Float32Array[] = [];
  const intercepts: Float32Array[] = [];
  for (let i = 1; i < sizes.length; i++) {
    const [inputs, units] = [sizes[i - 1]!, sizes[i]!];
    const bound = Math.sqrt((activation === 'logistic' ? 2 : 6) / (inputs + units));
    const drawn = (count: number): Float32Array => Float32Array.from({ length: count }, () => -bound + 2 * bound * random.double());
    coefs.push(drawn(inputs * units));
    intercepts.push(drawn(units));
  }
  return { coefs, intercepts };
}

/** Brings weights to the device. */
export function layersOf(compute: Compute, { coefs, intercepts }: Weights, activation: Activation): readonly Layer[] {
  return coefs.map((coef, i) => {
    const units = intercepts[i]!.length;
    const inputs = coef.length / units;
    const [inQuads, outQuads] = [quads(inputs), quads(units)];
    const weights = compute.upload(`layer ${i}`, (inQuads * 4 + 1) * outQuads * 16, (bytes) => {
      const padded = new Float32Array(bytes);
      for (let j = 0; j < inputs; j++) padded.set(coef.subarray(j * units, (j + 1) * units), j * outQuads * 4);
      padded.set(intercepts[i]!, inQuads * 4 * outQuads * 4);
    });
    return { inputs, units, inQuads, outQuads, weights, activation: ACTIVATIONS[i === coefs.length - 1 ? 'identity' : activation] };
  });
}

/** Brings them back. */
export async function weightsOf(compute: Compute, layers: readonly Layer[]): Promise<Weights> {
  const [coefs, intercepts]: [Float32Array[], Float32Array[]] = [[], []];
  for (const { inputs, units, inQuads, outQuads, weights } of layers) {
    const padded = new Float32Array(await compute.read(weights));
    const coef = new Float32Array(inputs * units);
    for (let j = 0; j < inputs; j++) coef.set(padded.subarray(j * outQuads * 4, j * outQuads * 4 + units), j * units);
    coefs.push(coef);
    intercepts.push(padded.slice(inQuads * outQuads * 16, inQuads * outQuads * 16 + units));
  }
  return { coefs, intercepts };
}

/** Room for what each layer makes of so many rows. */
export function roomFor(compute: Compute, layers: readonly Layer[], rows: number, label: string): readonly DeviceBuffer[] {
  return layers.map(({ outQuads }, i) => compute.create(`${label} ${i}`, rows * outQuads * 16));
}

/** @param x `[row][quad]` of features; `made` gets what each layer makes of the rows from `firstRow` on, that of the first of them in row 0 */
export async function forward(
  compute: Compute,
  layers: readonly Layer[],
  x: DeviceBuffer,
  firstRow: number,
  rows: number,
  made: readonly DeviceBuffer[],
): Promise<void> {
  for (const [i, { units, inQuads, outQuads, weights, activation }] of layers.entries()) {
    const { kernel, ...launch } = denseLayerFor(compute, rows, outQuads);
    await compute.launch(kernel, {
      params: { rows, firstRow: i === 0 ? firstRow : 0, inQuads, outQuads, units, activation },
      bindings: { inputs: i === 0 ? x : made[i - 1]!, weights, outputs: made[i]! },
      ...launch,
    });
  }
}

/**
 * Sums of the last layer, `[rows][outputs]`.
 *
 * @param parts of the rows, in order: `fill` writes features, of each row padded to quads, into zeros
 */
export async function sumsOf(
  compute: Compute,
  layers: readonly Layer[],
  rows: number,
  parts: AsyncIterable<{ readonly rows: number; fill(row: number, into: Float32Array, at: number): void }>,
): Promise<Float64Array> {
  const last = layers.at(-1)!;
  const width = layers[0]!.inQuads * 4;
  const most = Math.min(ASKED, rows);
  const sums = new Float64Array(rows * last.units);
  if (rows === 0) return sums;
  const x = compute.create('rows', most * width * 4);
  const made = roomFor(compute, layers, most, 'made');
  try {
    let done = 0;
    for await (const part of parts) {
      for (let from = 0; from < part.rows; from += most) {
        const count = Math.min(most, part.rows - from);
        const features = new Float32Array(count * width);
        for (let row = 0; row < count; row++) part.fill(from + row, features, row * width);
        compute.write(x, features);
        await forward(compute, layers, x, 0, count, made);
        await compute.lend(made.at(-1)!, { sizeBytes: count * last.outQuads * 16 }, (bytes) => {
          const said = new Float32Array(bytes);
          for (let row = 0; row < count; row++) for (let k = 0; k < last.units; k++) sums[(done + row) * last.units + k] = said[row * last.outQuads * 4 + k]!;
        });
        done += count;
      }
    }
  } finally {
    compute.release(x, ...made);
  }
  return sums;
}
