// Launch description of layer_back.wgsl.
import type { Compute, Kernel, Variant } from '../../core/compute.ts';
import { layerSizes } from '../denseLayer/denseLayer.ts';
import { activationSource } from '../lib/activation.ts';
import { withSubgroups } from '../lib/subgroups.ts';

const subgroups = {
  name: 'layer_back_subgroups',
  source: new URL('./layer_back_subgroups.wgsl', import.meta.url),
  enable: ['subgroups'],
} as const satisfies Variant;

export const layerBack = {
  name: 'layer_back',
  source: new URL('./layer_back.wgsl', import.meta.url),
  preludes: [activationSource, new URL('./bindings.wgsl', import.meta.url)],
  params: { rows: 'u32', inQuads: 'u32', outQuads: 'u32', activation: 'u32' },
  bindings: { deltas: 'read', weights: 'read', inputs: 'read', before: 'write' },
  sizes: { ACROSS: 5, FOUR: 4, WORKGROUP: 16 },
  unroll: ['ACROSS', 'FOUR'],
  variants: { form: [subgroups] },
  reference: async () => (await import('./layerBack.host.ts')).layerBackOnHost,
} as const satisfies Kernel;

/** The kernel to launch, with subgroups where there are any; its sizes and grid. @param rows to do */
export function layerBackFor(compute: Pick<Compute, 'subgroupLanes'>, rows: number, inQuads: number) {
  const sizes = layerSizes(compute, inQuads, rows);
  return {
    kernel: withSubgroups(layerBack, subgroups, compute, sizes.WORKGROUP),
    sizes,
    grid: [Math.ceil(inQuads / sizes.ACROSS), Math.ceil(rows / 4 / sizes.WORKGROUP)],
  } as const;
}
