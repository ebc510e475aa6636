// What a trained network says of rows.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { layersOf, releaseLayers, sumsOf } from './layers/network.ts';
import type { LayerShape } from './layers/shapes.ts';
import type { NetworkFields } from './progress.ts';

/** @returns sums of the last layer, `[rows][outputs]` */
export async function networkSays(
  shapes: readonly LayerShape[],
  fields: Pick<NetworkFields, 'coefs' | 'intercepts' | 'activation'>,
  rows: RowsOf,
  context: Device,
): Promise<Float64Array> {
  const compute = await context.compute();
  const layers = layersOf(compute, shapes, fields, fields.activation);
  try {
    const sums = await sumsOf(compute, layers, rows.rows.length, parts(rows), context.progress);
    if (sums.every(Number.isFinite)) return sums;
    throw new PipelineError('E_DATA', `The network says nothing finite of a row of ${rows.name}: its features are too large for 32-bit floats.`, {
      hint: 'Scale the features with standardize() or minMax() before the network, and look for values that are far too large.',
    });
  } finally {
    releaseLayers(compute, layers);
  }
}

async function* parts(rows: RowsOf) {
  for await (const { rows: count, cols, x } of featureBlocks(rows)) {
    yield { rows: count, fill: (row: number, into: Float32Array, at: number) => into.set(x.subarray(row * cols, (row + 1) * cols), at) };
  }
}
