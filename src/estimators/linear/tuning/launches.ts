// How the kernels of a batch of linear models are launched, whichever of their variants they run in.
import type { Kernel } from '../../../core/compute.ts';
import type { TileShape } from '../../../kernels/lib/tiles.ts';

/** Columns that a kernel unrolls; each size is another shader to compile. */
export const GROUP_SIZES = [1, 2, 4, 8] as const;
export type GroupSize = (typeof GROUP_SIZES)[number];

/** Sizes of a launch, and workgroups along the grid's first axis. */
export interface Across {
  readonly sizes: Readonly<Record<string, number>>;
  readonly across: number;
}

/** How margins of `models` columns are launched over `quads` quads of rows. */
export function marginsLaunch({ tileQuads }: Pick<TileShape, 'tileQuads'>, models: number, { sizes }: Kernel, quads: number): Across {
  const { WORKGROUP = 1, QUADS = 1 } = sizes;
  return { sizes: { MODELS: models, TILE_QUADS: tileQuads }, across: Math.ceil(quads / (WORKGROUP * QUADS)) };
}

/**
 * How the gradient of `models` columns is launched over rows of `words` words: its workgroup is the most invocations, because it
 * cuts a row's words into equal parts.
 *
 * @param lanes of the widest subgroup
 */
export function gradientLaunch({ words, tileQuads }: Pick<TileShape, 'words' | 'tileQuads'>, models: number, { enable, sizes }: Kernel, lanes: number): Across {
  const step = enable ? lanes : 32;
  const WORKGROUP = Math.ceil(words / Math.ceil(words / sizes['WORKGROUP']!) / step) * step;
  return { sizes: { MODELS: models, WORKGROUP, TILE_QUADS: tileQuads }, across: Math.ceil(words / WORKGROUP) };
}
