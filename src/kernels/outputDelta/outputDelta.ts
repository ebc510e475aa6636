// Launch description of output_delta.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const LOSS_KINDS = { classes: 0, twoClasses: 1, values: 2 } as const;

export const outputDelta = {
  name: 'output_delta',
  source: new URL('./output_delta.wgsl', import.meta.url),
  params: { rows: 'u32', firstRow: 'u32', outputs: 'u32', outQuads: 'u32', kind: 'u32' },
  bindings: { sums: 'read', targets: 'read', weights: 'read', deltas: 'write', losses: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./outputDelta.host.ts')).outputDeltaOnHost,
} as const satisfies Kernel;
