// Layers of units on the device: their weights, padded to quads, and what they say of rows. A convolution is such a layer, of each place
// of a picture.
import type { Compute, DeviceBuffer } from '../../../core/compute.ts';
import type { RandomState } from '../../../core/data/random.ts';
import type { Progress } from '../../../dsl/stage/context.ts';
import { byteParts } from '../../../kernels/byteStep/byteStep.ts';
import { denseLayerFor } from '../../../kernels/denseLayer/denseLayer.ts';
import { joinSums } from '../../../kernels/joinSums/joinSums.ts';
import { ACTIVATIONS, type Activation } from '../../../kernels/lib/activation.ts';
import { maxPool } from '../../../kernels/maxPool/maxPool.ts';
import { patches } from '../../../kernels/patches/patches.ts';
import { placeOf, pooledOf, quads, type LayerShape, type PictureSize } from './shapes.ts';

/** Weights as users see them, layer after layer. */
export interface Weights {
  /** `[inputs][units]` each. */
  readonly coefs: readonly Float32Array[];
  /** `[units]` each. */
  readonly intercepts: readonly Float32Array[];
}

/** Quads of inputs that some of the rows have; in those that follow all rows are 0. */
export interface Present {
  readonly quads: DeviceBuffer;
  /** Where they stand. */
  readonly at: number;
  readonly count: number;
}

/** Rows of bytes that the first layer takes as they are. */
export interface ByteRows {
  /** `[row][quad]` */
  readonly bytes: DeviceBuffer;
  /** `[3][input]`, of which the last are factors, and the others 0. */
  readonly scaling: DeviceBuffer;
}

/** Some of the rows of `x`, `[row][quad]`. */
export interface Block {
  readonly x: DeviceBuffer | ByteRows;
  readonly firstRow: number;
  readonly rows: number;
  /** All of them, where it is not said. */
  readonly present?: Present | undefined;
}

/** One layer on the device. */
export interface Layer extends LayerShape {
  /** Sums of a unit that a row has: one, or one a place of its picture. */
  readonly places: number;
  readonly inQuads: number;
  readonly outQuads: number;
  /** `[inQuads * 4 + 1][outQuads]`, constant terms last. */
  readonly weights: DeviceBuffer;
  /** All quads of inputs. */
  readonly all: Present;
  readonly activation: number;
}

/** Rows that are asked of at once. */
const ASKED = 2048;

/** No buffer of a layer is larger: rows go through it in blocks. */
const BLOCK_BYTES = 32e6;

/** What becomes of rows in a layer. */
export interface LayerRoom {
  /** Of a convolution: what filters see, and what they make of it before it is pooled. */
  readonly seen?: DeviceBuffer;
  readonly unpooled?: DeviceBuffer;
  /** Of a layer that takes bytes: its sums over parts of the inputs. */
  readonly parts?: DeviceBuffer;
  readonly made: DeviceBuffer;
}

/**
 * scikit-learn's first weights: uniform, in bounds by how many units a weight joins (Glorot and Bengio 2010).
 */
export function firstWeights(shapes: readonly LayerShape[], activation: Activation, random: RandomState): Weights {
  const coefs: Float32Array[] = [];
  const intercepts: Float32Array[] = [];
  for (const { inputs, units } of shapes) {
    const bound = Math.sqrt((activation === 'logistic' ? 2 : 6) / (inputs + units));
    const drawn = (count: number): Float32Array => new Float32Array(count).map(() => -bound + 2 * bound * random.double());
    coefs.push(drawn(inputs * units));
    intercepts.push(drawn(units));
  }
  return { coefs, intercepts };
}

/** Writes numbers of each weight of a layer as the device has them. @param into zeros */
export function pad(layer: LayerShape & Pick<Layer, 'inQuads' | 'outQuads'>, coef: Float32Array, intercept: Float32Array, into: Float32Array): void {
  const { inputs, units, inQuads, outQuads } = layer;
  for (let j = 0; j < inputs; j++) into.set(coef.subarray(j * units, (j + 1) * units), placeOf(layer, j) * outQuads * 4);
  into.set(intercept, inQuads * 4 * outQuads * 4);
}

/** Brings weights to the device. */
export function layersOf(compute: Compute, shapes: readonly LayerShape[], { coefs, intercepts }: Weights, activation: Activation): readonly Layer[] {
  const made: Layer[] = [];
  const buffers: DeviceBuffer[] = [];
  const upload: Compute['upload'] = (...given) => {
    const buffer = compute.upload(...given);
    buffers.push(buffer);
    return buffer;
  };
  try {
    for (const [i, shape] of shapes.entries()) {
      const { inputs, units, channels, stored, convolution } = shape;
      const [inQuads, outQuads] = [quads((inputs / channels) * stored), quads(units)];
      const weights = upload(`layer ${i}`, (inQuads * 4 + 1) * outQuads * 16, (bytes) => {
        pad({ ...shape, inQuads, outQuads }, coefs[i]!, intercepts[i]!, new Float32Array(bytes));
      });
      const all = {
        quads: upload(`quads ${i}`, inQuads * 4, (bytes) => new Uint32Array(bytes).forEach((_, quad, own) => (own[quad] = quad))),
        at: 0,
        count: inQuads,
      };
      const places = convolution ? convolution.placesHigh * convolution.placesWide : 1;
      made.push({ ...shape, places, inQuads, outQuads, weights, all, activation: ACTIVATIONS[i === shapes.length - 1 ? 'identity' : activation] });
    }
  } catch (error) {
    compute.release(...buffers);
    throw error;
  }
  return made;
}

export function releaseLayers(compute: Compute, layers: readonly Layer[]): void {
  compute.release(...layers.flatMap(({ weights, all }) => [weights, all.quads]));
}

/** Brings them back, or other numbers of each weight. @param buffers of the layers @param part which of the lists in these */
export async function weightsOf(
  compute: Compute,
  layers: readonly Layer[],
  buffers: readonly DeviceBuffer[] = layers.map((layer) => layer.weights),
  part = 0,
): Promise<Weights> {
  const [coefs, intercepts]: [Float32Array[], Float32Array[]] = [[], []];
  for (const [i, layer] of layers.entries()) {
    const { inputs, units, inQuads, outQuads, weights } = layer;
    const { sizeBytes } = weights;
    const padded = new Float32Array(await compute.lend(buffers[i]!, { offset: part * sizeBytes, sizeBytes }, (bytes) => bytes.slice(0)));
    const coef = new Float32Array(inputs * units);
    for (let j = 0; j < inputs; j++) {
      const at = placeOf(layer, j) * outQuads * 4;
      coef.set(padded.subarray(at, at + units), j * units);
    }
    coefs.push(coef);
    intercepts.push(padded.slice(inQuads * outQuads * 16, inQuads * outQuads * 16 + units));
  }
  return { coefs, intercepts };
}

/** Floats of a row on the device, padded to quads. */
export function featuresOf([first]: readonly Layer[]): number {
  return first!.convolution ? quads(floatsOf(first!.convolution)) * 4 : first!.inQuads * 4;
}

const floatsOf = ({ height, width, stored }: PictureSize): number => height * width * stored;

/** Makes buffers and keeps them in a list, so that those that were made are released where the next one cannot be. */
export function keeping(compute: Compute, buffers: DeviceBuffer[]): Compute['create'] {
  return (label, sizeBytes) => {
    const buffer = compute.create(label, sizeBytes);
    buffers.push(buffer);
    return buffer;
  };
}

/** How many of the rows go through the layers at once. */
export function rowsAtOnce(layers: readonly Layer[], rows: number): number {
  const floats = Math.max(...layers.map(({ places, inQuads, outQuads }) => places * 4 * Math.max(inQuads, outQuads)));
  return Math.max(1, Math.min(rows, Math.floor(BLOCK_BYTES / (floats * 4))));
}

/** Room for what each layer makes of so many rows. @param create makes a buffer; whoever gives it releases them @param ofBytes of rows of bytes */
export function roomFor(create: Compute['create'], layers: readonly Layer[], rows: number, ofBytes = false): readonly LayerRoom[] {
  return layers.map(({ convolution, places, inQuads, outQuads }, i) => {
    const sums = create(`made ${i}`, rows * places * outQuads * 16);
    if (!convolution) return i === 0 && ofBytes ? { made: sums, parts: create('parts of sums', byteParts(inQuads) * sums.sizeBytes) } : { made: sums };
    const { height, width } = pooledOf(convolution);
    const seen = create(`seen ${i}`, rows * places * inQuads * 16);
    return { seen, unpooled: sums, made: create(`pooled ${i}`, rows * height * width * outQuads * 16) };
  });
}

/** @param room gets what each layer makes of the rows, that of the first of them in row 0; of rows of bytes it has the first sums */
export async function forward(compute: Compute, layers: readonly Layer[], { x, firstRow, rows, present }: Block, room: readonly LayerRoom[]): Promise<void> {
  for (const [i, { convolution, places, units, inQuads, outQuads, weights, all, activation }] of layers.entries()) {
    const { seen, unpooled, parts, made } = room[i]!;
    if (i === 0 && 'bytes' in x) {
      await compute.launch(joinSums, {
        params: { quads: rows * outQuads, outQuads, units, activation, parts: byteParts(inQuads), constantsAt: inQuads * 4 * outQuads },
        bindings: { parts: parts!, weights, outputs: made },
        grid: [Math.ceil((rows * outQuads) / (joinSums.sizes.EACH * joinSums.sizes.WORKGROUP))],
      });
      continue;
    }
    let [inputs, from] = i === 0 ? [x as DeviceBuffer, firstRow] : [room[i - 1]!.made, 0];
    if (convolution) {
      const { width, stored, kernelHeight, kernelWidth, placesHigh, placesWide } = convolution;
      await compute.launch(patches, {
        params: {
          rows,
          firstRow: from,
          rowFloats: i === 0 ? featuresOf(layers) : floatsOf(convolution),
          lineFloats: width * stored,
          channels: stored,
          kernelHeight,
          kernelWidth,
          placesHigh,
          placesWide,
          patchFloats: inQuads * 4,
        },
        bindings: { pictures: inputs, seen: seen! },
        grid: [Math.ceil((rows * places) / patches.sizes.WORKGROUP)],
      });
      [inputs, from] = [seen!, 0];
    }
    const { quads, at: presentAt, count: presentQuads } = (i === 0 && !convolution && present) || all;
    const { kernel, ...launch } = denseLayerFor(compute, rows * places, outQuads);
    await compute.launch(kernel, {
      params: { rows: rows * places, firstRow: from, inQuads, outQuads, units, activation, presentAt, presentQuads },
      bindings: { inputs, weights, present: quads, outputs: unpooled ?? made },
      ...launch,
    });
    if (convolution) {
      const { height, width } = pooledOf(convolution);
      await compute.launch(maxPool, {
        params: { rows, height: convolution.placesHigh, width: convolution.placesWide, quads: outQuads },
        bindings: { made: unpooled!, pooled: made },
        grid: [Math.ceil((rows * height * width * outQuads) / maxPool.sizes.WORKGROUP)],
      });
    }
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
  progress?: Progress,
): Promise<Float64Array> {
  const last = layers.at(-1)!;
  const width = featuresOf(layers);
  const most = rowsAtOnce(layers, Math.min(ASKED, rows));
  const sums = new Float64Array(rows * last.units);
  if (rows === 0) return sums;
  const buffers: DeviceBuffer[] = [];
  const create = keeping(compute, buffers);
  try {
    const x = create('rows', most * width * 4);
    const room = roomFor(create, layers, most);
    let done = 0;
    for await (const part of parts) {
      for (let from = 0; from < part.rows; from += most) {
        const count = Math.min(most, part.rows - from);
        const features = new Float32Array(count * width);
        for (let row = 0; row < count; row++) part.fill(from + row, features, row * width);
        compute.write(x, features);
        await forward(compute, layers, { x, firstRow: 0, rows: count }, room);
        await compute.lend(room.at(-1)!.made, { sizeBytes: count * last.outQuads * 16 }, (bytes) => {
          const said = new Float32Array(bytes);
          for (let row = 0; row < count; row++) for (let k = 0; k < last.units; k++) sums[(done + row) * last.units + k] = said[row * last.outQuads * 4 + k]!;
        });
        done += count;
        progress?.(done, rows, 'rows');
      }
    }
  } finally {
    compute.release(...buffers);
  }
  return sums;
}
