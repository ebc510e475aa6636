// Launch description of scale_bytes.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const scaleBytes = {
  name: 'scale_bytes',
  source: new URL('./scale_bytes.wgsl', import.meta.url),
  params: { rows: 'u32', quads: 'u32' },
  bindings: { bytes: 'read', scaling: 'read', x: 'write' },
  sizes: { EACH: 64, WORKGROUP: 64 },
  reference: async () => (await import('./scaleBytes.host.ts')).scaleBytesOnHost,
} as const satisfies Kernel;

/** Grid of so many rows. */
export function scaleBytesGrid(rows: number, quads: number): readonly [number, number] {
  return [Math.ceil(quads / scaleBytes.sizes.WORKGROUP), Math.ceil(rows / scaleBytes.sizes.EACH)];
}
