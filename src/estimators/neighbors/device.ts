// Rows near others, found on the device: squared distances of a block of rows, and the nearest so far kept from them, until
// every row was looked at. Neither all distances nor all rows need fit at once.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { takeRows } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { keepNearest, NONE } from '../../kernels/keepNearest/keepNearest.ts';
import { pairDistances } from '../../kernels/pairDistances/pairDistances.ts';
import type { Among } from './host.ts';
import { isExact, normOf, place, release, rowsAtOnce, standingFor, type Placed } from './place.ts';

/** Of distances at once. */
const DISTANCE_BYTES = 16e6;
/** Of what is kept of the rows that are asked of at once. */
const NEAREST_BYTES = 32e6;
const MOST_ASKED = 8192;
const MOST_GROUPS = 65_535;

/**
 * What the device found of a row asked of: positions among the rows looked among, the nearest first, and squared distances,
 * those of bytes exact, all others in f32 and in a unit in which `norm` is how far the row is from the middle of the others.
 */
type Use = (row: number, positions: Uint32Array, squares: Float64Array, norm: number) => Promise<void> | void;

/**
 * The `count` nearest rows to each row asked of; of equal ones the first.
 *
 * @param use called of one row after another
 * @throws E_DATA for a feature that is not finite, or too far from the others for f32
 */
export async function candidatesOf(compute: Compute, among: Among, asked: RowsOf, count: number, use: Use): Promise<void> {
  const { maxBindingBytes, residentBytes } = compute.limits;
  const exact = isExact(among, asked);
  const standing = await standingFor(among, exact);
  const chunkRows = rowsAtOnce(compute, among.rows.length, among.x.cols, standing);
  const most = Math.min(MOST_ASKED, Math.floor(Math.min(NEAREST_BYTES, maxBindingBytes) / (8 * count)));
  const askedRows = Math.max(4, Math.min(most, rowsAtOnce(compute, asked.rows.length, among.x.cols, standing)) & ~3);
  const resident = new Map<number, Placed>();
  let kept = 0;
  try {
    for (let start = 0; start < asked.rows.length; start += askedRows) {
      const ids = asked.rows.subarray(start, start + askedRows);
      const quads = Math.ceil(ids.length / 4);
      const points = await place(compute, { ...asked, rows: ids }, standing);
      const nearest = compute.upload('nearest', count * quads * 32, (target) => new Uint32Array(target).fill(NONE));
      try {
        for (let from = 0; from < among.rows.length; from += chunkRows) {
          const here = among.rows.subarray(from, from + chunkRows);
          const chunk = resident.get(from) ?? (await place(compute, { name: 'rows looked among', x: among.x, rows: here }, standing));
          if (!resident.has(from) && kept + chunk.shape.sizeBytes <= residentBytes) {
            kept += chunk.shape.sizeBytes;
            resident.set(from, chunk);
          }
          await eachBlock(compute, points, chunk, async (distances, first, rows) =>
            compute.launch(keepNearest, {
              params: { rows, first: from + first, asked: ids.length, stride: quads * 4, count },
              bindings: { distances, nearest },
              grid: [Math.ceil(ids.length / keepNearest.sizes.WORKGROUP)],
            }),
          );
          if (!resident.has(from)) release(compute, chunk);
        }
        const bytes = await compute.read(nearest);
        const words = new Uint32Array(bytes);
        const numbers = exact ? words : new Float32Array(bytes);
        for (let i = 0; i < ids.length; i++) {
          const norm = exact ? 0 : normOf((await takeRows(asked.x, ids.subarray(i, i + 1))).data, standing.frame);
          const places = Uint32Array.from({ length: count }, (_, slot) => 2 * (slot * quads * 4 + i));
          await use(
            start + i,
            places.map((at) => words[at + 1]!),
            Float64Array.from(places, (at) => numbers[at]!),
            norm,
          );
        }
      } finally {
        release(compute, points);
        compute.release(nearest);
      }
    }
  } finally {
    for (const chunk of resident.values()) release(compute, chunk);
  }
}

/** Distances of the rows asked of to a chunk of rows, some of these at a time. @param use launches what reads them */
async function eachBlock(
  compute: Compute,
  asked: Placed,
  chunk: Placed,
  use: (distances: DeviceBuffer, first: number, rows: number) => Promise<void>,
): Promise<void> {
  const { words, dtype } = chunk.shape;
  const form = compute.subgroupLanes > 0 ? 'subgroups' : 'plain';
  const { QUADS, WORKGROUP } = pairDistances[dtype][form].sizes;
  const quads = Math.ceil(asked.shape.rows / 4);
  const all = Math.ceil(chunk.shape.rows / 4);
  const fit = Math.max(1, Math.min(MOST_GROUPS, Math.floor(Math.min(DISTANCE_BYTES, compute.limits.maxBindingBytes) / (quads * 64 * QUADS))));
  const distances = compute.create('distances', Math.min(all, fit * QUADS) * quads * 64);
  try {
    for (let first = 0; first < all; first += fit * QUADS) {
      const end = Math.min(all, first + fit * QUADS);
      const launch = {
        params: { words, asked: quads, first, end },
        sizes: { X_TILE: asked.shape.tileQuads, ROW_TILE: chunk.shape.tileQuads },
        grid: [Math.ceil((end - first) / QUADS), Math.ceil(quads / WORKGROUP)] as const,
      };
      const bindings = { x: asked.x, rows: chunk.x, distances };
      if (dtype === 'f32') await compute.launch(pairDistances.f32[form], { ...launch, bindings });
      else await compute.launch(pairDistances.u8[form], { ...launch, bindings: { ...bindings, xSquares: asked.squares, rowSquares: chunk.squares } });
      await use(distances, first * 4, Math.min(chunk.shape.rows, end * 4) - first * 4);
    }
    await compute.settle();
  } finally {
    compute.release(distances);
  }
}
