// Launches of the kernels of pictures.
import { RandomState } from '../../../core/data/random.ts';
import { maxPool } from '../../../kernels/maxPool/maxPool.ts';
import { maxPoolBack } from '../../../kernels/maxPoolBack/maxPoolBack.ts';
import { patches } from '../../../kernels/patches/patches.ts';
import { patchesBack } from '../../../kernels/patchesBack/patchesBack.ts';
import { maskOf, shiftRows } from '../../../kernels/shiftRows/shiftRows.ts';
import { type Draws, natural, oneOf, record, seeds, tiles, tuple, uniform } from '../draw.ts';

/** Pictures, and what a filter sees of them: lines and columns, no more than there are. */
const pictures = record({ seed: seeds, rows: natural(1, 5), height: natural(1, 9), width: natural(1, 9), quads: natural(1, 3), most: natural(1, 5) }).map(
  ({ most, ...picture }) => ({ ...picture, high: Math.min(most, picture.height), wide: Math.min(most, picture.width) }),
);

/** A chunk of `tilesHere` tiles behind `offset` quads, of rows of `words` words. */
export const pictureDraws: Draws = {
  shiftRows: record({
    seed: seeds,
    rows: natural(1, 150),
    lineBytes: natural(1, 9),
    lines: natural(1, 9),
    pictures: natural(1, 9),
    shifts: natural(1, 4),
    TILE_QUADS: oneOf(8, 32),
  }).map(({ seed, rows, lineBytes, lines, pictures, shifts, TILE_QUADS }) => {
    const random = new RandomState(seed);
    const cols = lineBytes * lines;
    const [words, quads] = [Math.ceil((cols + 1) / 4), Math.ceil(rows / 4 / TILE_QUADS) * TILE_QUADS];
    const moves = Array.from({ length: shifts }, () => [random.interval(8) - 4, random.interval(8) - 4] as const);
    const WORDS = 1 + random.interval(3);
    const first = random.interval(pictures - 1);
    const end = first + 1 + random.interval(pictures - first - 1);
    return {
      kernel: shiftRows,
      launch: {
        params: { rows, words, cols, pictures, first, end },
        sizes: { TILE_QUADS, WORDS },
        grid: [Math.max(1, Math.ceil(rows / 64) - random.interval(1)), Math.ceil(words / WORDS)],
      },
      buffers: {
        asked: Uint32Array.from({ length: rows }, (_, row) => (row === 0 ? first : random.interval(pictures * shifts - 1))),
        steps: new Uint32Array(Int32Array.from(moves, ([right, down]) => right + down * lineBytes).buffer),
        masks: new Uint32Array(Uint8Array.from(moves.flatMap(([right, down]) => [...maskOf(cols, lineBytes, right, down)])).buffer),
        source: Uint32Array.from({ length: (end - first) * Math.ceil(cols / 4) }, () => random.uint32()),
        x: tiles(random, 'u8', words, quads),
      },
      allowed: { x: 0 },
    };
  }),
  patches: tuple(pictures, natural(1, 3)).map(([{ seed, rows, height, width, high, wide }, channels]) => {
    const random = new RandomState(seed);
    const [placesHigh, placesWide] = [height - high + 1, width - wide + 1];
    const firstRow = random.interval(2);
    const rowFloats = height * width * channels + random.interval(3);
    const patchFloats = high * wide * channels + random.interval(3);
    return {
      kernel: patches,
      launch: {
        params: {
          rows,
          firstRow,
          rowFloats,
          lineFloats: width * channels,
          channels,
          kernelHeight: high,
          kernelWidth: wide,
          placesHigh,
          placesWide,
          patchFloats,
        },
        grid: [Math.max(1, Math.ceil((rows * placesHigh * placesWide) / 64) - random.interval(1))],
      },
      buffers: { pictures: uniform(random)((firstRow + rows) * rowFloats), seen: uniform(random)(rows * placesHigh * placesWide * patchFloats) },
      allowed: { seen: 0 },
    };
  }),
  patchesBack: pictures.map(({ seed, rows, height, width, quads, high, wide }) => {
    const random = new RandomState(seed);
    return {
      kernel: patchesBack,
      launch: {
        params: { rows, height, width, quads, kernelHeight: high, kernelWidth: wide },
        grid: [Math.max(1, Math.ceil((rows * height * width * quads) / 64) - random.interval(1))],
      },
      buffers: {
        seen: uniform(random)(rows * (height - high + 1) * (width - wide + 1) * high * wide * quads * 4),
        before: uniform(random)(rows * height * width * quads * 4),
      },
      allowed: { before: 1e-5 },
    };
  }),
  maxPool: pictures.map(({ seed, rows, height, width, quads }) => {
    const random = new RandomState(seed);
    const pooled = rows * Math.ceil(height / 2) * Math.ceil(width / 2) * quads * 4;
    return {
      kernel: maxPool,
      launch: { params: { rows, height, width, quads }, grid: [Math.max(1, Math.ceil(pooled / 256) - random.interval(1))] },
      buffers: { made: uniform(random)(rows * height * width * quads * 4), pooled: uniform(random)(pooled) },
      allowed: { pooled: 0 },
    };
  }),
  maxPoolBack: tuple(pictures, natural(0, 3)).map(([{ seed, rows, height, width, quads }, activation]) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const pooled = rows * Math.ceil(height / 2) * Math.ceil(width / 2) * quads * 4;
    return {
      kernel: maxPoolBack,
      launch: { params: { rows, height, width, quads, activation }, grid: [Math.max(1, Math.ceil(pooled / 256) - random.interval(1))] },
      buffers: {
        // Some are equal, and relu makes nothing of many.
        made: values(rows * height * width * quads * 4, 2).map((value) => Math.max(activation === 3 ? 0 : -1, Math.round(value * 2) / 4)),
        pooled: values(pooled),
        deltas: values(rows * height * width * quads * 4),
      },
      allowed: { deltas: 1e-6 },
    };
  }),
};
