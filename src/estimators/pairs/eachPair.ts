// Squared distances of some rows to all others of a list, on the device: as many at a time as there is room for.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { fitsSubgroups } from '../../kernels/lib/subgroups.ts';
import { pairDistances } from '../../kernels/pairDistances/pairDistances.ts';
import { rowSquares } from '../../kernels/rowSquares/rowSquares.ts';
import { eachBlock, type Block, type Held } from '../rows/held.ts';
import type { Tiles } from './place.ts';

/** Of distances at once. */
const DISTANCE_BYTES = 16e6;
/** Of a launch: what takes a slow device a tenth of a second. Drivers end what takes seconds. */
const LAUNCH_PRODUCTS = 4e9;
/** At once. */
const LAUNCHES = 8;
const MOST_GROUPS = 65_535;

/** What is there of the distances: a block of rows asked of, and some of the others. */
export interface Found {
  /** `[rows][asked]`, four bytes each, and a row as long as `stride`. */
  readonly distances: DeviceBuffer;
  readonly stride: number;
  /** Position of the first row, and how many there are. */
  readonly first: number;
  readonly rows: number;
  /** Position of the first row asked of, and how many there are. */
  readonly askedFrom: number;
  readonly asked: number;
}

/**
 * Distances of rows asked of to all others, some of these at a time.
 *
 * @param use launches what reads them, or reads them
 */
export async function eachPair(compute: Compute, asked: Held<Tiles>, among: Held<Tiles>, use: (found: Found) => Promise<void>): Promise<void> {
  const { words, dtype } = among.layout.shape;
  const { sizes } = pairDistances[dtype].plain;
  const { QUADS, WORKGROUP } = sizes;
  const form = fitsSubgroups(sizes, compute) ? 'subgroups' : 'plain';
  const most = Math.ceil(Math.min(asked.layout.shape.rows, asked.layout.blockRows) / 4);
  const pairs = Math.min(DISTANCE_BYTES / 4, compute.limits.maxBindingBytes / 4, LAUNCH_PRODUCTS / (words * 4));
  const fit = QUADS * Math.max(1, Math.min(MOST_GROUPS, Math.floor(pairs / (most * 16 * QUADS))));
  let launched = 0;
  const distances = compute.create('distances', Math.min(Math.ceil(among.layout.shape.rows / 4), fit) * most * 64);
  try {
    await eachBlock(compute, [asked], async ([x], askedAt) => {
      const askedBlock = asked.blocks[askedAt]!;
      const quads = Math.ceil(askedBlock.rows / 4);
      const xSquares = await squaresOf(compute, asked.layout, askedBlock, x!);
      try {
        await eachBlock(compute, [among], async ([rows], at) => {
          const block = among.blocks[at]!;
          const all = Math.ceil(block.rows / 4);
          const squares = await squaresOf(compute, among.layout, block, rows!);
          try {
            for (let first = 0; first < all; first += fit) {
              const end = Math.min(all, first + fit);
              const launch = {
                params: { words, asked: quads, first, end },
                sizes: { X_TILE: asked.layout.shape.tileQuads, ROW_TILE: among.layout.shape.tileQuads },
                grid: [Math.ceil((end - first) / QUADS), Math.ceil(quads / WORKGROUP)] as const,
              };
              const bindings = { x: x!, rows: rows!, distances };
              if (dtype === 'f32') await compute.launch(pairDistances.f32[form], { ...launch, bindings });
              else await compute.launch(pairDistances.u8[form], { ...launch, bindings: { ...bindings, xSquares, rowSquares: squares } });
              const here = { first: block.from + first * 4, rows: Math.min(block.rows, end * 4) - first * 4 };
              await use({ distances, stride: quads * 4, ...here, askedFrom: askedBlock.from, asked: askedBlock.rows });
              if (++launched % LAUNCHES === 0) await compute.settle();
            }
            await compute.settle();
          } finally {
            compute.release(squares);
          }
        });
      } finally {
        compute.release(xSquares);
      }
    });
  } finally {
    compute.release(distances);
  }
}

/** Of a block of bytes: made on the device once, and kept on the host. */
async function squaresOf(compute: Compute, { shape, squares }: Tiles, { from, rows }: Pick<Block, 'from' | 'rows'>, x: DeviceBuffer): Promise<DeviceBuffer> {
  const quads = Math.ceil(rows / 4);
  const known = squares.get(from);
  if (known || shape.dtype !== 'u8') return compute.upload('squares', quads * 16, (target) => known && new Uint32Array(target).set(known));
  const made = compute.create('squares', quads * 16);
  await compute.launch(rowSquares, {
    params: { words: shape.words, quads, offset: 0 },
    bindings: { x, squares: made },
    sizes: { TILE_QUADS: shape.tileQuads },
    grid: [Math.ceil(quads / rowSquares.sizes.WORKGROUP)],
  });
  squares.set(from, new Uint32Array(await compute.read(made)));
  return made;
}
