// Launch description of predictions.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { columnPrelude } from '../lib/column.ts';

export const predictions = {
  name: 'predictions',
  source: new URL('./predictions.wgsl', import.meta.url),
  preludes: [columnPrelude],
  params: { rows: 'u32', stride: 'u32' },
  bindings: { columns: 'read', margins: 'read', direction: 'read', codes: 'write' },
  sizes: { WORKGROUP: 64, CLASSES: 3 },
} as const satisfies Kernel;
