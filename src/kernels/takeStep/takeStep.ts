// Launch description of take_step.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { weightColumnPrelude } from '../lib/weightColumn.ts';

export const takeStep = {
  name: 'take_step',
  source: new URL('./take_step.wgsl', import.meta.url),
  preludes: [weightColumnPrelude],
  params: { quads: 'u32' },
  bindings: { columns: 'read', biases: 'read', direction: 'write', margins: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./takeStep.host.ts')).takeStepOnHost,
} as const satisfies Kernel;
