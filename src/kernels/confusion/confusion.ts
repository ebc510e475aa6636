// Launch description of confusion.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { columnPrelude } from '../lib/column.ts';

export const confusion = {
  name: 'confusion',
  source: new URL('./confusion.wgsl', import.meta.url),
  preludes: [columnPrelude],
  params: { rows: 'u32', stride: 'u32', lanes: 'u32' },
  bindings: { rows: 'read', columns: 'read', margins: 'read', direction: 'read', counts: 'write' },
  sizes: { WORKGROUP: 64, RUN: 16 },
} as const satisfies Kernel;
