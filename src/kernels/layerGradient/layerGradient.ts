// Launch description of layer_gradient.wgsl.
import type { Compute, Kernel, Variant } from '../../core/compute.ts';
import { layerSizes } from '../denseLayer/denseLayer.ts';
import { withSubgroups } from '../lib/subgroups.ts';

const subgroups = {
  name: 'layer_gradient_subgroups',
  source: new URL('./layer_gradient_subgroups.wgsl', import.meta.url),
  enable: ['subgroups'],
} as const satisfies Variant;

export const layerGradient = {
  name: 'layer_gradient',
  source: new URL('./layer_gradient.wgsl', import.meta.url),
  preludes: [new URL('./bindings.wgsl', import.meta.url)],
  params: { rows: 'u32', firstRow: 'u32', inQuads: 'u32', outQuads: 'u32', partRows: 'u32', more: 'u32', presentAt: 'u32', presentQuads: 'u32' },
  bindings: { inputs: 'read', deltas: 'read', present: 'read', parts: 'write' },
  sizes: { ACROSS: 5, FOUR: 4, WORKGROUP: 16 },
  unroll: ['ACROSS', 'FOUR'],
  variants: { form: [subgroups] },
  reference: async () => (await import('./layerGradient.host.ts')).layerGradientOnHost,
} as const satisfies Kernel;

/** The kernel to launch, with subgroups where there are any; its sizes and grid. @param parts of the rows, each of which has sums of its own */
export function layerGradientFor(
  compute: Pick<Compute, 'subgroupLanes'>,
  { rows, inQuads, outQuads, parts }: Readonly<Record<'rows' | 'inQuads' | 'outQuads' | 'parts', number>>,
) {
  const sizes = layerSizes(compute, outQuads, rows);
  return {
    kernel: withSubgroups(layerGradient, subgroups, compute, sizes.WORKGROUP),
    sizes,
    grid: [Math.ceil(outQuads / sizes.ACROSS), Math.ceil((inQuads + 1) / sizes.WORKGROUP), parts],
  } as const;
}
