// Rows near others, found on the device: squared distances of a block of rows, and the nearest so far kept from them, until
// every row was looked at. Neither all distances nor all rows need fit at once.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { keepNearest, NONE } from '../../kernels/keepNearest/keepNearest.ts';
import { pairDistances } from '../../kernels/pairDistances/pairDistances.ts';
import type { Among } from './host.ts';
import { eachBlock, type Held } from '../rows/held.ts';
import { place, type Standing, type Tiles } from './place.ts';

/** Of distances at once. */
const DISTANCE_BYTES = 16e6;
/** Of a launch: what takes a slow device a tenth of a second. Drivers end what takes seconds. */
const LAUNCH_PRODUCTS = 4e9;
/** At once. */
const LAUNCHES = 8;
/** Of what is kept of the rows that are asked of at once. */
const NEAREST_BYTES = 32e6;
const MOST_ASKED = 8192;
const MOST_GROUPS = 65_535;

/** Positions among the rows looked among, the nearest first, and squared distances in the device's unit. */
type Use = (row: number, positions: Uint32Array, squares: Float64Array) => Promise<void> | void;

/**
 * The `count` nearest rows to each row asked of; of equal ones the first.
 *
 * @param use called of one row after another
 * @throws E_DATA for a feature that is not finite, or too far from the others for f32
 */
export async function candidatesOf(compute: Compute, among: Among, asked: RowsOf, standing: Standing, count: number, use: Use): Promise<void> {
  const rows = await place(compute, { ...among, name: 'rows looked among' }, standing, { idles: true });
  const most = Math.min(NEAREST_BYTES, compute.limits.maxBindingBytes) / (8 * count);
  const askedRows = Math.max(4, Math.floor(Math.min(MOST_ASKED, rows.layout.blockRows, most)) & ~3);
  try {
    for (let start = 0; start < asked.rows.length; start += askedRows) {
      const ids = asked.rows.subarray(start, start + askedRows);
      const quads = Math.ceil(ids.length / 4);
      const points = await place(compute, { ...asked, rows: ids }, standing, { idles: false });
      const nearest = compute.upload('nearest', count * quads * 32, (target) => new Uint32Array(target).fill(NONE));
      try {
        await eachPair(compute, points, rows, async (distances, first, here) =>
          compute.launch(keepNearest, {
            params: { rows: here, first, asked: ids.length, stride: quads * 4, count },
            bindings: { distances, nearest },
            grid: [Math.ceil(ids.length / keepNearest.sizes.WORKGROUP)],
          }),
        );
        const bytes = await compute.read(nearest);
        const words = new Uint32Array(bytes);
        const numbers = standing.dtype === 'u8' ? words : new Float32Array(bytes);
        for (let i = 0; i < ids.length; i++) {
          const places = Uint32Array.from({ length: count }, (_, slot) => 2 * (slot * quads * 4 + i));
          await use(
            start + i,
            places.map((at) => words[at + 1]!),
            Float64Array.from(places, (at) => numbers[at]!),
          );
        }
      } finally {
        points.release();
        compute.release(nearest);
      }
    }
  } finally {
    rows.release();
  }
}

/** Distances of a block of rows asked of to all rows, some of these at a time. @param use launches what reads them */
async function eachPair(
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
