// Launch description of byte_step.wgsl, for processors.
import type { Compute, Kernel } from '../../core/compute.ts';
import { movedSource, SOLVERS } from '../weightStep/weightStep.ts';

/** Lanes of a processor's vector of f32. */
const LANES = 8;
/** Words of a row that an invocation looks at, and quads of units it has at most: so many take two seconds to compile, twice as many four times that. */
const [WORDS, MOST] = [28, 2] as const;

export const overLanes = new URL('./over_lanes.wgsl', import.meta.url);

export const byteStep = {
  name: 'byte_step',
  source: new URL('./byte_step.wgsl', import.meta.url),
  preludes: [movedSource, overLanes],
  enable: ['subgroups'],
  params: {
    behind: 'u32',
    firstBehind: 'u32',
    ahead: 'u32',
    firstAhead: 'u32',
    inQuads: 'u32',
    outQuads: 'u32',
    stride: 'u32',
    squaresAt: 'u32',
    alpha: 'f32',
    weightSum: 'f32',
    rate: 'f32',
    first: 'f32',
    second: 'f32',
    epsilon: 'f32',
  },
  bindings: { bytes: 'read', scaling: 'read', deltas: 'read', weights: 'write', moments: 'write', sums: 'write', squares: 'write' },
  sizes: { WORDS, FOUR: 4, ACROSS: MOST, ROWS: 2, SOLVER: SOLVERS.adam, WORKGROUP: LANES },
  unroll: ['WORDS', 'FOUR', 'ACROSS', 'ROWS'],
  reference: async () => (await import('./byteStep.host.ts')).byteStepOnHost,
} as const satisfies Kernel;

/** Whether it pays: what an invocation keeps is in the cache of a processor, and would be in the memory of a GPU. */
export const paysByteStep = ({ subgroupLanes }: Pick<Compute, 'subgroupLanes'>): boolean => subgroupLanes === LANES;

/** Parts of so many quads of inputs, each of which has sums of its own. */
export const byteParts = (inQuads: number): number => Math.ceil(inQuads / WORDS);

/** Vectors of four quads that such a row takes. */
export const byteStride = (inQuads: number): number => Math.ceil(inQuads / 4);

/** Quads of units of a lane, and the grid of a launch, for so many quads of inputs and of units. */
export function byteGrid({ inQuads, outQuads }: { readonly inQuads: number; readonly outQuads: number }) {
  const vectors = Math.ceil(outQuads / LANES);
  const ACROSS = Math.ceil(vectors / Math.ceil(vectors / MOST));
  const grid = [Math.ceil(vectors / ACROSS), byteParts(inQuads)] as const;
  return { ACROSS, grid, groups: grid[0] * grid[1] } as const;
}
