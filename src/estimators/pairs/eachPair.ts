// Squared distances of some rows to all others of a list, on the device: as many at a time as there is room for.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { pairDistances } from '../../kernels/pairDistances/pairDistances.ts';
import { eachBlock, type Held } from '../rows/held.ts';
import type { Tiles } from './place.ts';

/** Of distances at once. */
const DISTANCE_BYTES = 16e6;
/** Of a launch: what takes a slow device a tenth of a second. Drivers end what takes seconds. */
const LAUNCH_PRODUCTS = 4e9;
/** At once. */
const LAUNCHES = 8;
const MOST_GROUPS = 65_535;

/**
 * Distances of a block of rows asked of to all rows, some of these at a time.
 *
 * @param asked rows of a single block
 * @param use launches or reads what it needs of `[rows here][asked]`, four bytes each and a row as long as the quads of all asked
 */
export async function eachPair(
  compute: Compute,
  asked: Held<Tiles>,
  among: Held<Tiles>,
  use: (distances: DeviceBuffer, first: number, rows: number) => Promise<void>,
): Promise<void> {
  const { words, dtype } = among.layout.shape;
  const form = compute.subgroupLanes > 0 ? 'subgroups' : 'plain';
  const { QUADS, WORKGROUP } = pairDistances[dtype][form].sizes;
  const quads = Math.ceil(asked.layout.shape.rows / 4);
  const pairs = Math.min(DISTANCE_BYTES / 4, compute.limits.maxBindingBytes / 4, LAUNCH_PRODUCTS / (words * 4));
  const fit = QUADS * Math.max(1, Math.min(MOST_GROUPS, Math.floor(pairs / (quads * 16 * QUADS))));
  const squaresOf = ({ layout }: Held<Tiles>, from: number): DeviceBuffer => {
    const squares = layout.squares.subarray(from, from + layout.blockRows);
    return compute.upload('squares', squares.byteLength, (target) => new Uint32Array(target).set(squares));
  };
  const xSquares = squaresOf(asked, 0);
  let launched = 0;
  const distances = compute.create('distances', Math.min(Math.ceil(among.layout.shape.rows / 4), fit) * quads * 64);
  try {
    await eachBlock(compute, [asked], ([x]) =>
      eachBlock(compute, [among], async ([rows], at) => {
        const block = among.blocks[at]!;
        const all = Math.ceil(block.rows / 4);
        const rowSquares = squaresOf(among, block.from);
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
            else await compute.launch(pairDistances.u8[form], { ...launch, bindings: { ...bindings, xSquares, rowSquares } });
            await use(distances, block.from + first * 4, Math.min(block.rows, end * 4) - first * 4);
            if (++launched % LAUNCHES === 0) await compute.settle();
          }
          await compute.settle();
        } finally {
          compute.release(rowSquares);
        }
      }),
    );
  } finally {
    compute.release(distances, xSquares);
  }
}
