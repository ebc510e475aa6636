// Launch description of weight_step.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const SOLVERS = { adam: 0, momentum: 1, nesterov: 2 } as const;

/** What a solver makes of a gradient, for whoever has its params and moments. */
export const movedSource = new URL('./moved.wgsl', import.meta.url);

export const weightStep = {
  name: 'weight_step',
  source: new URL('./weight_step.wgsl', import.meta.url),
  preludes: [movedSource],
  params: {
    quads: 'u32',
    constants: 'u32',
    parts: 'u32',
    solver: 'u32',
    squaresAt: 'u32',
    alpha: 'f32',
    weightSum: 'f32',
    rate: 'f32',
    first: 'f32',
    second: 'f32',
    epsilon: 'f32',
  },
  bindings: { parts: 'read', weights: 'write', moments: 'write', squares: 'write' },
  sizes: { EACH: 8, WORKGROUP: 64 },
  reference: async () => (await import('./weightStep.host.ts')).weightStepOnHost,
} as const satisfies Kernel;

/** Workgroups of a step of so many quads of weights: each says a sum of squares. */
export function stepGroups(quads: number): number {
  return Math.ceil(quads / (weightStep.sizes.EACH * weightStep.sizes.WORKGROUP));
}
