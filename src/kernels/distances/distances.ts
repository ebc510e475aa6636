// Launch description of distances.wgsl.
import type { Compute, Kernel, Variant } from '../../core/compute.ts';
import { withSubgroups } from '../lib/subgroups.ts';
import { rowsPrelude, TILE_QUADS, type RowDtype } from '../lib/tiles.ts';

const bindings = new URL('./bindings.wgsl', import.meta.url);

const description = {
  name: 'distances',
  source: new URL('./distances.wgsl', import.meta.url),
  params: { words: 'u32', centers: 'u32', first: 'u32', end: 'u32', offset: 'u32', stride: 'u32' },
  bindings: { x: 'read', scales: 'read', centers: 'read', nearest: 'write', distances: 'write' },
  sizes: { ALL: 1, MANHATTAN: 0, MODELS: 4, WORKGROUP: 64, TILE_QUADS },
  unroll: ['MODELS'],
} as const satisfies Kernel;

const subgroups = {
  name: 'distances_subgroups',
  source: new URL('./distances_subgroups.wgsl', import.meta.url),
  enable: ['subgroups'],
} as const satisfies Variant;

const of = (dtype: RowDtype) => ({
  ...description,
  preludes: [rowsPrelude[dtype], bindings],
  variants: { form: [subgroups] },
  reference: async () => (await import('./distances.host.ts')).distancesOnHost(dtype),
});

/** The kernel for rows of either dtype. */
export const distances = { u8: of('u8'), f32: of('f32') } as const satisfies Record<RowDtype, Kernel>;

/** The one to launch: with subgroups where there are any, whose lanes fit its workgroup. */
export function distancesOn(compute: Pick<Compute, 'subgroupLanes'>, dtype: RowDtype): (typeof distances)[RowDtype] {
  return withSubgroups(distances[dtype], subgroups, compute);
}
