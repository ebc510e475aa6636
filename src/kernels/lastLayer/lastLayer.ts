// Launch description of last_layer.wgsl.
import type { Compute, Kernel } from '../../core/compute.ts';
import { byteStep, overLanes, paysByteStep } from '../byteStep/byteStep.ts';
import { ACTIVATIONS, activationSource } from '../lib/activation.ts';
import { LOSS_KINDS } from '../outputDelta/outputDelta.ts';

const LANES = byteStep.sizes.WORKGROUP;
/** Vectors of quads of inputs of a row, and of weights, at most: so many take a second to compile. */
const [MOST_INPUTS, MOST_WEIGHTS] = [8, 80] as const;

export const lastLayer = {
  name: 'last_layer',
  source: new URL('./last_layer.wgsl', import.meta.url),
  preludes: [activationSource, overLanes],
  enable: ['subgroups'],
  params: { rows: 'u32', firstRow: 'u32', inQuads: 'u32', outQuads: 'u32', inUnits: 'u32', inParts: 'u32', constantsAt: 'u32', partRows: 'u32', more: 'u32' },
  bindings: { inputs: 'read', constants: 'read', weights: 'read', targets: 'read', counts: 'read', before: 'write', losses: 'write', parts: 'write' },
  sizes: { VECTORS: 4, FOUR: 4, UNITS: 10, JOINED: 0, ACTIVATION: ACTIVATIONS.relu, KIND: LOSS_KINDS.classes, WORKGROUP: LANES },
  unroll: ['VECTORS', 'FOUR', 'UNITS'],
  reference: async () => (await import('./lastLayer.host.ts')).lastLayerOnHost,
} as const satisfies Kernel;

/** Sizes of a launch for so many inputs and units, where the kernel pays: on processors, and for few of both. */
export function lastLayerSizes(compute: Pick<Compute, 'subgroupLanes'>, inQuads: number, units: number) {
  const sizes = { VECTORS: Math.ceil((inQuads + 1) / LANES), UNITS: units } as const;
  return paysByteStep(compute) && sizes.VECTORS <= MOST_INPUTS && sizes.VECTORS * units <= MOST_WEIGHTS ? sizes : undefined;
}
