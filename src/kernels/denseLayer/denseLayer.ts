// Launch description of dense_layer.wgsl.
import type { Compute, Kernel, Variant } from '../../core/compute.ts';
import { activationSource } from '../lib/activation.ts';
import { wholeSubgroups, withSubgroups } from '../lib/subgroups.ts';

const subgroups = {
  name: 'dense_layer_subgroups',
  source: new URL('./dense_layer_subgroups.wgsl', import.meta.url),
  enable: ['subgroups'],
} as const satisfies Variant;

export const denseLayer = {
  name: 'dense_layer',
  source: new URL('./dense_layer.wgsl', import.meta.url),
  preludes: [activationSource, new URL('./bindings.wgsl', import.meta.url)],
  params: { rows: 'u32', firstRow: 'u32', inQuads: 'u32', outQuads: 'u32', units: 'u32', activation: 'u32', presentAt: 'u32', presentQuads: 'u32' },
  bindings: { inputs: 'read', weights: 'read', present: 'read', outputs: 'write' },
  sizes: { ACROSS: 5, FOUR: 4, WORKGROUP: 16 },
  unroll: ['ACROSS', 'FOUR'],
  variants: { form: [subgroups] },
  reference: async () => (await import('./denseLayer.host.ts')).denseLayerOnHost,
} as const satisfies Kernel;

/** Of a layer with more quads of units, an invocation has 5; else one: as many take a second to compile, which pays for many rows alone. */
const FEW = 4;
const MANY_ROWS = 4096;

/** Sizes of the kernels of a layer: its quads of units an invocation, and invocations a workgroup. @param rows to do, of which a convolution has one a place */
export function layerSizes(compute: Pick<Compute, 'subgroupLanes'>, outQuads: number, rows: number) {
  const across = rows < MANY_ROWS ? (outQuads > FEW ? 5 : 1) : Math.ceil(outQuads / Math.ceil(outQuads / 5));
  return { ACROSS: across, WORKGROUP: wholeSubgroups(8, compute) } as const;
}

/** The kernel to launch, with subgroups where there are any; its sizes and grid. @param rows to do */
export function denseLayerFor(compute: Pick<Compute, 'subgroupLanes'>, rows: number, outQuads: number) {
  const sizes = layerSizes(compute, outQuads, rows);
  return {
    kernel: withSubgroups(denseLayer, subgroups, compute, sizes.WORKGROUP),
    sizes,
    grid: [Math.ceil(outQuads / sizes.ACROSS), Math.ceil(rows / 4 / sizes.WORKGROUP)],
  } as const;
}
