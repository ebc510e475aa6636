// Launch description of lbfgs_step.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { weightColumnPrelude } from '../lib/weightColumn.ts';
import { TRACE } from './lbfgsState.ts';

export const lbfgsStep = {
  name: 'lbfgs_step',
  source: new URL('./lbfgs_step.wgsl', import.meta.url),
  preludes: [
    weightColumnPrelude,
    new URL('./pair.wgsl', import.meta.url),
    new URL('./state.wgsl', import.meta.url),
    new URL('./search/line_search.wgsl', import.meta.url),
  ],
  params: {
    zero: 'u32',
    take: 'u32',
    round: 'u32',
    classes: 'u32',
    cols: 'u32',
    width: 'u32',
    lanes: 'u32',
    launched: 'u32',
    pieces: 'u32',
    words: 'u32',
    padded: 'u32',
    eights: 'u32',
    tail: 'u32',
    affine: 'u32',
    level: 'u32',
  },
  bindings: {
    losses: 'read',
    sums: 'read',
    affines: 'read',
    states: 'write',
    vectors: 'write',
    weights: 'write',
    taken: 'write',
    tried: 'write',
  },
  sizes: { WORKGROUP: 64, TRACE },
  reference: async () => (await import('./lbfgsStep.host.ts')).lbfgsStepOnHost,
} as const satisfies Kernel;
