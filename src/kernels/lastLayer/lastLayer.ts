// Launch description of last_layer.wgsl.
import type { Compute, Kernel } from '../../core/compute.ts';
import { byteSizes, paysByteLayer } from '../byteLayer/byteLayer.ts';
import { ACTIVATIONS, activationSource } from '../lib/activation.ts';
import { LOSS_KINDS } from '../outputDelta/outputDelta.ts';

const LANES = byteSizes.WORKGROUP;
/** Vectors of inputs of a row, and of weights, at most: so many take a second to compile. */
const [MOST_INPUTS, MOST_WEIGHTS] = [32, 260] as const;

export const lastLayer = {
  name: 'last_layer',
  source: new URL('./last_layer.wgsl', import.meta.url),
  preludes: [activationSource],
  enable: ['subgroups'],
  params: { rows: 'u32', firstRow: 'u32', inQuads: 'u32', outQuads: 'u32', partRows: 'u32', more: 'u32' },
  bindings: { inputs: 'read', weights: 'read', targets: 'read', counts: 'read', before: 'write', losses: 'write', parts: 'write' },
  sizes: { VECTORS: 13, UNITS: 10, ACTIVATION: ACTIVATIONS.relu, KIND: LOSS_KINDS.classes, WORKGROUP: LANES },
  unroll: ['VECTORS', 'UNITS'],
  reference: async () => (await import('./lastLayer.host.ts')).lastLayerOnHost,
} as const satisfies Kernel;

/** Sizes of a launch for so many inputs and units, where the kernel pays: on processors, and for few of both. */
export function lastLayerSizes(compute: Pick<Compute, 'subgroupLanes'>, inQuads: number, units: number) {
  const sizes = { VECTORS: Math.ceil((inQuads * 4 + 1) / LANES), UNITS: units } as const;
  return paysByteLayer(compute) && sizes.VECTORS <= MOST_INPUTS && sizes.VECTORS * units <= MOST_WEIGHTS ? sizes : undefined;
}
