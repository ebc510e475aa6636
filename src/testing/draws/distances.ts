// Launches of what finds the nearest: distances, centers, neighbours, sums of groups.
import { RandomState } from '../../core/data/random.ts';
import { distances } from '../../kernels/distances/distances.ts';
import { groupSums } from '../../kernels/groupSums/groupSums.ts';
import { keepNearest, NONE } from '../../kernels/keepNearest/keepNearest.ts';
import { keepNearestReference } from '../../kernels/keepNearest/keepNearest.reference.ts';
import type { RowDtype } from '../../kernels/lib/tiles.ts';
import { nearestOfBytes, runsNearestOfBytes } from '../../kernels/nearestOfBytes/nearestOfBytes.ts';
import { pairDistances } from '../../kernels/pairDistances/pairDistances.ts';
import {
  chunks,
  type Device,
  type Draws,
  DTYPES,
  type Form,
  formOf,
  formsOf,
  natural,
  oneOf,
  record,
  seeds,
  small,
  smallTiles,
  tuple,
  workgroupOf,
} from './draw.ts';

const distancesOf = (dtype: RowDtype, form: Form): Draws => ({
  [`distances, ${dtype}, ${form}`]: tuple(chunks, natural(0, 1), natural(0, 1)).map(([chunk, ALL, MANHATTAN]) => {
    const { seed, words, tilesHere, tileQuads, offset, models: centers, groups: sets } = chunk;
    const random = new RandomState(seed);
    const quads = tilesHere * tileQuads;
    const first = random.interval(quads - 1);
    const end = first + 1 + random.interval(quads - first - 1);
    const stride = offset + end - first + 3;
    return {
      kernel: formOf(distances[dtype], form),
      of: distances[dtype],
      launch: {
        params: { words, centers, first, end, offset, stride },
        sizes: { ALL, MANHATTAN, TILE_QUADS: tileQuads },
        grid: [Math.ceil((end - first) / 64), sets],
      },
      buffers: {
        x: smallTiles(random, dtype, words, quads),
        scales: Float32Array.from({ length: words * 4 }, () => random.interval(1)),
        centers: small(random, sets * centers * words * 4),
        nearest: new Uint32Array(sets * stride * 4).fill(77),
        distances: small(random, sets * (ALL ? centers : 1) * stride * 4).map((value) => value + 0.5),
      },
      allowed: { nearest: 0, distances: 0 },
    };
  }),
});
const ofBytes = (workgroup: number): Draws => ({
  nearestOfBytes: tuple(chunks, natural(1, 12), oneOf(1, 30_000)).map(([chunk, centers, most]) => {
    const { seed, words, tilesHere, tileQuads, offset, groups: sets } = chunk;
    const random = new RandomState(seed);
    const quads = tilesHere * tileQuads;
    const stride = offset + quads + 3;
    // Fewer than it has by itself take less time to compile.
    const [MODELS, QUADS] = [3, 2];
    const drawn = (): number => random.interval(2 * most) - most;
    return {
      kernel: nearestOfBytes,
      launch: {
        params: { words, quads, offset, stride, centers },
        sizes: { TILE_QUADS: tileQuads, WORKGROUP: workgroup, MODELS, QUADS },
        grid: [Math.ceil(quads / (workgroup * QUADS)), sets],
      },
      buffers: {
        x:
          most === 1
            ? smallTiles(random, 'u8', words, quads)
            : new Uint32Array(Uint8Array.from({ length: words * quads * 16 }, () => random.interval(255)).buffer),
        weights: new Uint32Array(Int16Array.from({ length: sets * centers * words * 4 }, drawn).buffer),
        biases: new Uint32Array(Int32Array.from({ length: sets * centers }, drawn).buffer),
        nearest: new Uint32Array(sets * stride * 4).fill(77),
      },
      allowed: { nearest: 0 },
    };
  }),
});
const groupsOf = (dtype: RowDtype): Draws => ({
  [`groupSums, ${dtype}`]: tuple(chunks, natural(1, 3), natural(1, 2)).map(([chunk, perBlock, MOMENTS]) => {
    const { seed, words, tilesHere, tileQuads, offset, models: groups, groups: sets } = chunk;
    const random = new RandomState(seed);
    const quads = tilesHere * tileQuads;
    const stride = offset + quads + 3;
    const first = random.interval(tilesHere - 1);
    const blocks = Math.ceil((tilesHere - first) / perBlock);
    return {
      kernel: groupSums[dtype],
      launch: {
        params: { words, quads, offset, stride, groups, first, tiles: perBlock },
        sizes: { MOMENTS, TILE_QUADS: tileQuads },
        grid: [Math.ceil(words / 64), blocks, sets],
      },
      buffers: {
        x: smallTiles(random, dtype, words, quads),
        // One code more than there are groups.
        codes: Uint32Array.from({ length: sets * stride * 4 }, () => random.interval(groups)),
        weights: small(random, stride * 4),
        centers: small(random, groups * words * 4),
        partials: small(random, sets * blocks * MOMENTS * groups * words * 4).map((value) => value + 0.5),
      },
      allowed: { partials: 0 },
    };
  }),
});
const pairsOf = (workgroup: number, dtype: RowDtype, form: Form): Draws => ({
  [`pairDistances, ${dtype}, ${form}`]: tuple(chunks, natural(1, 40)).map(([chunk, asked]) => {
    const { seed, words, tilesHere, tileQuads } = chunk;
    const random = new RandomState(seed);
    const [quads, X_TILE] = [tilesHere * tileQuads, random.interval(1) ? 8 : 32];
    const first = 4 * random.interval(quads / 4 - 1);
    const end = first + 1 + random.interval(quads - first - 1);
    const askedTiles = Math.ceil(asked / X_TILE);
    const kernel = pairDistances[dtype][form];
    const count = (end - first) * 4 * asked * 4;
    const squares = (of: number): Uint32Array => Uint32Array.from({ length: of * 4 }, () => 2 ** 30 + random.interval(1000));
    return {
      kernel,
      launch: {
        params: { words, asked, first, end },
        sizes: { X_TILE, ROW_TILE: tileQuads, WORKGROUP: workgroup },
        grid: [Math.ceil((end - first) / kernel.sizes.QUADS), Math.ceil(asked / workgroup)],
      },
      buffers: {
        x: smallTiles(random, dtype, words, askedTiles * X_TILE),
        rows: smallTiles(random, dtype, words, quads),
        distances: dtype === 'u8' ? new Uint32Array(count).fill(77) : new Float32Array(count).fill(0.5),
        ...(dtype === 'u8' ? { xSquares: squares(askedTiles * X_TILE), rowSquares: squares(quads) } : {}),
      },
      allowed: { distances: 0 },
    };
  }),
});
/** Of what finds the nearest. */
export const distanceDraws = (device: Device): Draws => ({
  ...(runsNearestOfBytes(device) ? ofBytes(workgroupOf(device)) : {}),
  ...Object.assign(
    {},
    ...DTYPES.flatMap((dtype) => [
      groupsOf(dtype),
      ...formsOf(device).flatMap((form) => [distancesOf(dtype, form), pairsOf(workgroupOf(device), dtype, form)]),
    ]),
  ),
  keepNearest: record({ seed: seeds, asked: natural(1, 150), rows: natural(1, 40), count: natural(1, 9), before: natural(0, 20) }).map((drawn) => {
    const { seed, asked, rows, count, before } = drawn;
    const random = new RandomState(seed);
    const stride = asked + random.interval(5);
    const nearest = new Uint32Array(count * stride * 2).fill(NONE);
    for (let i = 0; i < asked; i++) {
      const had = keepNearestReference(
        [],
        Array.from({ length: before }, () => 1 + random.interval(9)),
        0,
        count,
      );
      had.forEach(({ distance, position }, slot) => nearest.set([distance, position], 2 * (slot * stride + i)));
    }
    return {
      kernel: keepNearest,
      launch: { params: { rows, first: before, asked, stride, count }, grid: [Math.ceil(asked / 64)] },
      // The first is nearer than all that is kept: something is written.
      buffers: { distances: Uint32Array.from({ length: rows * stride }, (_, at) => (at === 0 ? 0 : random.interval(9))), nearest },
      allowed: { nearest: 0 },
    };
  }),
});
