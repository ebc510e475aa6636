// Launch description of layer_step.wgsl.
import type { Compute, Kernel, Variant } from '../../core/compute.ts';
import { layerSizes } from '../denseLayer/denseLayer.ts';
import { withSubgroups } from '../lib/subgroups.ts';

export const SOLVERS = { adam: 0, momentum: 1, nesterov: 2 } as const;

const subgroups = {
  name: 'layer_step_subgroups',
  source: new URL('./layer_step_subgroups.wgsl', import.meta.url),
  enable: ['subgroups'],
} as const satisfies Variant;

export const layerStep = {
  name: 'layer_step',
  source: new URL('./layer_step.wgsl', import.meta.url),
  preludes: [new URL('./bindings.wgsl', import.meta.url)],
  params: {
    rows: 'u32',
    firstRow: 'u32',
    inQuads: 'u32',
    outQuads: 'u32',
    solver: 'u32',
    squaresAt: 'u32',
    alpha: 'f32',
    weightSum: 'f32',
    rate: 'f32',
    first: 'f32',
    second: 'f32',
    epsilon: 'f32',
  },
  bindings: { inputs: 'read', deltas: 'read', weights: 'write', moments: 'write', squares: 'write' },
  sizes: { ACROSS: 5, FOUR: 4, WORKGROUP: 16 },
  unroll: ['ACROSS', 'FOUR'],
  variants: { form: [subgroups] },
  reference: async () => (await import('./layerStep.host.ts')).layerStepOnHost,
} as const satisfies Kernel;

/** The kernel to launch, with subgroups where there are any; its sizes and grid, whose workgroups say a sum of squares each. */
export function layerStepFor(compute: Pick<Compute, 'subgroupLanes'>, inQuads: number, outQuads: number) {
  const sizes = layerSizes(compute, outQuads);
  return {
    kernel: withSubgroups(layerStep, subgroups, compute, sizes.WORKGROUP),
    sizes,
    grid: [Math.ceil(outQuads / sizes.ACROSS), Math.ceil((inQuads + 1) / sizes.WORKGROUP)],
  } as const;
}
