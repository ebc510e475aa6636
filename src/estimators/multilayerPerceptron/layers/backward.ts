// From the loss of a batch back through its layers: how it changes with the sums of each, and with its weights.
import type { Compute, DeviceBuffer } from '../../../core/compute.ts';
import { byteParts } from '../../../kernels/byteStep/byteStep.ts';
import { lastLayer, lastLayerSizes } from '../../../kernels/lastLayer/lastLayer.ts';
import { layerBackFor } from '../../../kernels/layerBack/layerBack.ts';
import { layerGradientFor } from '../../../kernels/layerGradient/layerGradient.ts';
import { ACTIVATIONS } from '../../../kernels/lib/activation.ts';
import { maxPoolBack } from '../../../kernels/maxPoolBack/maxPoolBack.ts';
import { outputDelta } from '../../../kernels/outputDelta/outputDelta.ts';
import { patchesBack } from '../../../kernels/patchesBack/patchesBack.ts';
import type { Block, Layer, LayerRoom } from './network.ts';
import { pooledOf } from './shapes.ts';

/** How the loss changes with what is in a {@link LayerRoom}. */
export interface BackRoom {
  /** By the sums of the layer. */
  readonly deltas: DeviceBuffer;
  /** Of a convolution: by what it pooled; and, of one behind another, by what its filters saw. */
  readonly pooled?: DeviceBuffer | undefined;
  readonly seen?: DeviceBuffer | undefined;
  /** By its weights: sums over parts of the rows, how many parts, and how many rows or places each has. */
  readonly sums: DeviceBuffer;
  readonly parts: number;
  readonly partRows: number;
  /** Of a last layer that one kernel does forward and back: its sizes. */
  readonly atOnce: ReturnType<typeof lastLayerSizes>;
}

/** Rows or places whose sum is made in one go, in f32. */
const PART = 2048;
const PARTS_BYTES = 16e6;
/** Workgroups of a layer that is done at once, each with a part of the rows: more of them load its weights more often. */
const AT_ONCE = 8;

/** Room for so many rows. @param create makes a buffer; whoever gives it releases them @param ofBytes of rows of bytes, whose first layer keeps its gradient to itself */
export function backRoomFor(compute: Compute, create: Compute['create'], layers: readonly Layer[], rows: number, ofBytes: boolean): readonly BackRoom[] {
  return layers.map(({ convolution, places, inQuads, outQuads, units, weights }, i) => {
    const atOnce = i > 0 && i === layers.length - 1 ? lastLayerSizes(compute, inQuads, units) : undefined;
    const deltas = create(`deltas ${i}`, atOnce ? 0 : rows * places * outQuads * 16);
    const most = atOnce ? Math.min(PART, Math.ceil(rows / AT_ONCE)) : PART;
    // As many parts as there is room for.
    const parts = Math.max(1, Math.min(Math.ceil((rows * places) / most), Math.floor(PARTS_BYTES / weights.sizeBytes)));
    const sums = {
      sums: create(`gradient ${i}`, i === 0 && ofBytes ? 0 : parts * weights.sizeBytes),
      parts,
      partRows: Math.ceil((rows * places) / parts),
      atOnce,
    };
    if (!convolution) return { deltas, ...sums };
    const { height, width } = pooledOf(convolution);
    const pooled = create(`pooled deltas ${i}`, rows * height * width * outQuads * 16);
    return { deltas, ...sums, pooled, seen: i === 0 ? undefined : create(`seen deltas ${i}`, rows * places * inQuads * 16) };
  });
}

/** @param rows that `forward` has just made, but for a last layer that is done at once; `more` than those whose gradient is in `sums` already @param room what `forward` made; `back` gets the rest */
export async function backward(
  compute: Compute,
  layers: readonly Layer[],
  data: { readonly targets: DeviceBuffer; readonly weights: DeviceBuffer; readonly losses: DeviceBuffer; readonly kind: number },
  { x, rows, firstRow, present, position, more }: Block & { readonly position: number; readonly more: boolean },
  room: readonly LayerRoom[],
  back: readonly BackRoom[],
): Promise<void> {
  const { targets, weights, losses, kind } = data;
  const last = layers.length - 1;
  if (!back[last]!.atOnce) {
    await compute.launch(outputDelta, {
      params: { rows, firstRow: position, outputs: layers[last]!.units, outQuads: layers[last]!.outQuads, kind },
      bindings: { sums: room[last]!.made, targets, weights, deltas: back[last]!.deltas, losses },
      grid: [Math.ceil(rows / outputDelta.sizes.WORKGROUP)],
    });
  }
  for (let i = last; i >= 0; i--) {
    const layer = layers[i]!;
    const { convolution, places, inQuads, outQuads } = layer;
    const { deltas, sums, parts, partRows, seen, atOnce } = back[i]!;
    if (i === 0 && 'bytes' in x) return;
    const inputs = room[i]!.seen ?? (i === 0 ? (x as DeviceBuffer) : room[i - 1]!.made);
    if (!atOnce) {
      const { quads, at: presentAt, count: presentQuads } = (i === 0 && !convolution && present) || layer.all;
      const { kernel: gradient, ...over } = layerGradientFor(compute, { rows: rows * places, inQuads, outQuads, parts });
      await compute.launch(gradient, {
        params: {
          rows: rows * places,
          firstRow: i === 0 && !convolution ? firstRow : 0,
          inQuads,
          outQuads,
          partRows,
          more: Number(more),
          presentAt,
          presentQuads,
        },
        bindings: { inputs, deltas, present: quads, parts: sums },
        ...over,
      });
    }
    if (i === 0) return;
    const { activation, convolution: before, outQuads: behindQuads } = layers[i - 1]!;
    const behind = back[i - 1]!;
    const made = behind.pooled ?? behind.deltas;
    // What was pooled has its slope where it came from.
    const slopes = before ? ACTIVATIONS.identity : activation;
    if (atOnce) {
      // Sums of a first layer of bytes are joined here.
      const joined = i === 1 ? room[0]!.parts : undefined;
      await compute.launch(lastLayer, {
        params: {
          rows,
          firstRow: position,
          inQuads,
          outQuads,
          inUnits: layers[i - 1]!.units,
          inParts: joined ? byteParts(layers[0]!.inQuads) : 0,
          constantsAt: joined ? layers[0]!.inQuads * 4 * inQuads : 0,
          partRows,
          more: Number(more),
        },
        bindings: {
          inputs: joined ?? inputs,
          constants: layers[i - 1]!.weights,
          weights: layer.weights,
          targets,
          counts: weights,
          before: made,
          losses,
          parts: sums,
        },
        sizes: { ...atOnce, JOINED: Number(joined !== undefined), ACTIVATION: slopes, KIND: kind },
        grid: [parts],
      });
    } else {
      const { kernel, ...launch } = layerBackFor(compute, rows * places, inQuads);
      await compute.launch(kernel, {
        params: { rows: rows * places, inQuads, outQuads, activation: slopes },
        bindings: { deltas, weights: layer.weights, inputs, before: seen ?? made },
        ...launch,
      });
    }
    if (convolution) {
      const { height, width, kernelHeight, kernelWidth } = convolution;
      await compute.launch(patchesBack, {
        params: { rows, height, width, quads: behindQuads, kernelHeight, kernelWidth },
        bindings: { seen: seen!, before: made },
        grid: [Math.ceil((rows * height * width * behindQuads) / patchesBack.sizes.WORKGROUP)],
      });
    }
    if (before) {
      const { height, width } = pooledOf(before);
      await compute.launch(maxPoolBack, {
        params: { rows, height: before.placesHigh, width: before.placesWide, quads: behindQuads, activation },
        bindings: { made: room[i - 1]!.unpooled!, pooled: behind.pooled!, deltas: behind.deltas },
        grid: [Math.ceil((rows * height * width * behindQuads) / maxPoolBack.sizes.WORKGROUP)],
      });
    }
  }
}
