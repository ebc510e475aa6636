// Launch description of layer_step.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const SOLVERS = { adam: 0, momentum: 1, nesterov: 2 } as const;

export const layerStep = {
  name: 'layer_step',
  source: new URL('./layer_step.wgsl', import.meta.url),
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
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./layerStep.host.ts')).layerStepOnHost,
} as const satisfies Kernel;

/** Workgroups of a layer, each of which says a sum of squares. */
export const stepGroups = (inQuads: number, outQuads: number): number => Math.ceil(((inQuads + 1) * outQuads) / layerStep.sizes.WORKGROUP);
