// Launches of the kernels of linear models.
import type { Kernel } from '../../core/compute.ts';
import { RandomState } from '../../core/data/random.ts';
import { gradient } from '../../kernels/gradient/gradient.ts';
import type { RowDtype } from '../../kernels/lib/tiles.ts';
import { logisticInOnePass, logisticLoss } from '../../kernels/logisticLoss/logisticLoss.ts';
import { poissonLoss } from '../../kernels/poissonLoss/poissonLoss.ts';
import { margins } from '../../kernels/margins/margins.ts';
import { bindsOnePass, onePassSizes, orderOfWords } from '../../kernels/onePass/onePass.ts';
import { preciseGradient } from '../../kernels/preciseGradient/preciseGradient.ts';
import { preciseMargins } from '../../kernels/preciseMargins/preciseMargins.ts';
import { softmaxLoss } from '../../kernels/softmaxLoss/softmaxLoss.ts';
import { softmaxOnePass, softmaxOnePassSizes } from '../../kernels/softmaxOnePass/softmaxOnePass.ts';
import { squaredHinge } from '../../kernels/squaredHinge/squaredHinge.ts';
import { takeStep } from '../../kernels/takeStep/takeStep.ts';
import {
  blocksOf,
  chunks,
  columnsIn,
  type Device,
  type Draws,
  DTYPES,
  type Form,
  formOf,
  formsOf,
  largest,
  natural,
  oneOf,
  pieces,
  preciseTiles,
  record,
  seeds,
  tiles,
  tuple,
  uniform,
  workgroupOf,
} from './draw.ts';

const plainOf = (device: Device, dtype: RowDtype, form: Form): Draws => ({
  [`margins, ${dtype}, ${form}`]: chunks.map(({ seed, words, tilesHere, tileQuads, offset, models, groups, first, owned, wide }) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const quads = tilesHere * tileQuads;
    const stride = offset + quads + 3;
    const columns = first + models * groups;
    const scale = largest(dtype);
    const workgroup = workgroupOf(device, wide);
    const quadsOwned = form === 'plain' ? 1 : owned;
    return {
      kernel: formOf(margins[dtype], form),
      of: margins[dtype],
      launch: {
        params: { words, quads, offset, stride, first },
        sizes: { MODELS: models, WORKGROUP: workgroup, TILE_QUADS: tileQuads, ...(form === 'plain' ? {} : { QUADS: owned }) },
        // Sometimes one workgroup short: rows that no invocation owns stay as they were.
        grid: [Math.max(1, Math.ceil(quads / (workgroup * quadsOwned)) - random.interval(1)), groups],
      },
      buffers: {
        x: tiles(random, dtype, words, quads),
        weights: values(columns * words * 4),
        columns: columnsIn(random, columns),
        direction: values(columns * stride * 4),
        margins: values(columns * stride * 4),
      },
      allowed: { direction: words * 4 * scale * 4e-7, margins: 4e-7 },
    };
  }),
  [`gradient, ${dtype}, ${form}`]: tuple(chunks, blocksOf).map(([chunk, { perBlock, block }]) => {
    const { seed, words, tilesHere, tileQuads, offset, models, groups, first, wide } = chunk;
    const workgroup = workgroupOf(device, wide);
    const random = new RandomState(seed);
    const values = uniform(random);
    const quads = tilesHere * tileQuads;
    const stride = offset + quads + 3;
    const columns = first + models * groups;
    const blocks = Math.ceil(tilesHere / perBlock);
    return {
      kernel: formOf(gradient[dtype], form),
      of: gradient[dtype],
      launch: {
        params: { words, quads, offset, stride, first, columns, block, tiles: perBlock },
        sizes: { MODELS: models, WORKGROUP: workgroup, TILE_QUADS: tileQuads },
        grid: [Math.ceil(words / workgroup), groups, blocks],
      },
      buffers: {
        x: tiles(random, dtype, words, quads),
        columns: columnsIn(random, columns),
        residuals: values(columns * stride * 4),
        partials: values((block + blocks + 1) * columns * words * 4),
      },
      allowed: { partials: perBlock * tileQuads * 4 * largest(dtype) * 4e-7 },
    };
  }),
});
const preciseOf = (dtype: RowDtype): Draws => ({
  [`preciseMargins, ${dtype}`]: chunks.map(({ seed, words, tilesHere, tileQuads, offset, groups: columns }) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const quads = tilesHere * tileQuads;
    const stride = offset + quads + 3;
    return {
      kernel: preciseMargins[dtype],
      launch: { params: { zero: 0, words, quads, offset, stride }, sizes: { TILE_QUADS: tileQuads }, grid: [Math.ceil(quads / 64), columns] },
      buffers: {
        ...preciseTiles(random, dtype, words, quads),
        weights: pieces(random, columns * words * 4),
        margins: values(columns * stride * 8),
      },
      allowed: { margins: words * 4 * largest(dtype) * 1e-13 },
      twofold: true,
    };
  }),
  [`preciseGradient, ${dtype}`]: tuple(chunks, blocksOf).map(([chunk, { perBlock, block }]) => {
    const { seed, words, tilesHere, tileQuads, offset, groups: columns } = chunk;
    const random = new RandomState(seed);
    const values = uniform(random);
    const quads = tilesHere * tileQuads;
    const stride = offset + quads + 3;
    const here = Math.ceil(tilesHere / perBlock);
    const blocks = block + here + 1;
    return {
      kernel: preciseGradient[dtype],
      launch: {
        params: { zero: 0, words, quads, offset, stride, block, blocks, tiles: perBlock },
        sizes: { TILE_QUADS: tileQuads },
        grid: [Math.ceil(words / 32), here, columns],
      },
      buffers: {
        ...preciseTiles(random, dtype, words, quads),
        residuals: pieces(random, columns * stride * 4),
        partials: values(columns * blocks * words * 8),
      },
      allowed: { partials: perBlock * tileQuads * 4 * largest(dtype) * 1e-13 },
      twofold: true,
    };
  }),
});
const losses: Draws = Object.fromEntries(
  (
    [
      [logisticLoss, 1],
      [squaredHinge, 1],
      [poissonLoss, 1],
      [softmaxLoss, 3],
      [softmaxLoss, 10],
    ] as const
  ).map(([kernel, classes]) => [
    `${kernel.name}, ${classes}`,
    record({ seed: seeds, rows: natural(1, 700), models: natural(1, 4), RUN: oneOf(1, 3, 16), drawn: oneOf(1e-3, 3, 40) }).map(
      ({ seed, rows, models, RUN, drawn }) => {
        const random = new RandomState(seed);
        const values = uniform(random);
        const groups = Math.ceil(rows / (64 * RUN));
        const [stride, lanes, columns] = [rows + 5, groups * 64, models * classes];
        // A mean of exp(40) leaves no digits of others, and its slope is as large as it is.
        const scale = kernel === poissonLoss ? Math.min(drawn, 3) : drawn;
        const steepest = kernel === poissonLoss ? Math.exp(2 * scale) : kernel === squaredHinge ? 6 : 1;
        return {
          kernel: kernel as Kernel,
          launch: { params: { rows, stride, lanes }, sizes: { RUN, ...(classes === 1 ? {} : { CLASSES: classes }) }, grid: [groups, models] },
          buffers: {
            rows: Uint32Array.from({ length: rows }, () => random.interval(Math.max(1, classes - 1)) | (random.interval(2) << 24)),
            rowWeights: values(rows).map((value) => value + 1.5),
            columns: columnsIn(random, columns, classes),
            margins: values(columns * stride, scale),
            direction: values(columns * stride, scale),
            residuals: values(columns * stride),
            partials: values(models * lanes * 2),
            ...('values' in kernel.bindings ? { values: values(rows, 4) } : {}),
          },
          // A weight is at most 3.75; f32 rounds scores of up to 3 * scale, against each other twice that.
          allowed: { residuals: 4e-6 * steepest * Math.max(1, scale), partials: 4e-6 * steepest * RUN * Math.max(1, scale) * Math.max(1, scale) },
        };
      },
    ),
  ]),
);
/** Blocks of words of which many are 0, or said to be. */
const onePassOn = ({ subgroupLanes: lanes }: Device): Draws => ({
  onePass: tuple(chunks, blocksOf, oneOf<1 | 2 | 4>(1, 2, 4), natural(0, 1), record({ part: natural(1, 2), rest: natural(1, 3), last: natural(1, 6) })).map(
    (drawn) => {
      const [chunk, { perBlock, block }, models, known, most] = drawn;
      const { seed, tilesHere, tileQuads, first, groups } = chunk;
      const random = new RandomState(seed);
      const values = uniform(random);
      const words = 1 + (chunk.words % 12);
      const quads = tilesHere * tileQuads;
      const offset = (chunk.offset % 3) * tileQuads;
      const stride = offset + quads + 3;
      const rows = (offset + quads) * 4 - random.interval(quads * 4 - 1);
      const sizes = onePassSizes({ words, tileQuads }, models, lanes, most);
      const blocks = Math.ceil(tilesHere / perBlock);
      const columns = first + models * groups;
      const allTiles = offset / tileQuads + tilesHere;
      return {
        kernel: logisticInOnePass,
        launch: {
          params: { words, quads, offset, stride, rows, block, tiles: perBlock, known, first, columns, allTiles, losses: first },
          sizes,
          grid: [groups, blocks],
        },
        buffers: {
          x: Uint32Array.from({ length: words * quads * 4 }, () => (random.interval(3) > 0 ? 0 : random.uint32())),
          rows: Uint32Array.from({ length: rows }, () => random.interval(1) | (random.interval(2) << 24)),
          rowWeights: values(rows).map((value) => value + 1.5),
          columns: columnsIn(random, columns),
          weights: values(words * columns * 4, 0.01),
          order: orderOfWords(values(words * 4 - 1).map(Math.abs), words, lanes),
          margins: values(columns * stride * 4),
          direction: values(columns * stride * 4),
          residuals: values(columns * stride * 4),
          losses: values((first + groups * allTiles * sizes.VECTORS * sizes.WORKGROUP) * 2),
          partials: values((block + blocks + 1) * columns * words * 4),
          filled: Uint32Array.from({ length: stride }, () => random.uint32()),
        },
        allowed: allowedInPass(words, tileQuads, perBlock),
      };
    },
  ),
  softmaxOnePass: tuple(chunks, blocksOf, oneOf(3, 4), natural(0, 1)).map(([chunk, { perBlock, block }, classes, known]) => {
    const { seed, tilesHere, groups: models } = chunk;
    const tileQuads = 8; // one size, and two of blocks, as each takes a second to compile
    const random = new RandomState(seed);
    const values = uniform(random);
    const words = 1 + (chunk.words % (2 * lanes));
    const quads = tilesHere * tileQuads;
    const offset = (chunk.offset % 3) * tileQuads;
    const stride = offset + quads + 3;
    const rows = (offset + quads) * 4 - random.interval(quads * 4 - 1);
    const blocks = Math.ceil(tilesHere / perBlock);
    const columns = models * classes;
    const allTiles = offset / tileQuads + tilesHere;
    return {
      kernel: softmaxOnePass,
      launch: {
        params: { words, quads, offset, stride, rows, block, tiles: perBlock, known, columns, allTiles },
        sizes: softmaxOnePassSizes({ words, tileQuads }, classes, lanes),
        grid: [models, blocks],
      },
      buffers: {
        x: Uint32Array.from({ length: words * quads * 4 }, () => (random.interval(3) > 0 ? 0 : random.uint32())),
        rows: Uint32Array.from({ length: rows }, () => random.interval(classes - 1) | (random.interval(2) << 24)),
        rowWeights: values(rows).map((value) => value + 1.5),
        columns: columnsIn(random, columns, classes),
        weights: values(words * columns * 4, 0.01),
        order: orderOfWords(values(words * 4 - 1).map(Math.abs), words, lanes),
        margins: values(columns * stride * 4),
        direction: values(columns * stride * 4),
        residuals: values(columns * stride * 4),
        losses: values(models * allTiles * 4 * 2),
        partials: values((block + blocks + 1) * columns * words * 4),
        filled: Uint32Array.from({ length: stride }, () => random.uint32()),
      },
      allowed: allowedInPass(words, tileQuads, perBlock),
    };
  }),
});
/** Of linear models. */
export const linearDraws = (device: Device): Draws => ({
  ...losses,
  // It hands round the four rows of one model or of two.
  ...((device.subgroupLanes === 4 || device.subgroupLanes === 8) && bindsOnePass(device.limits) ? onePassOn(device) : {}),
  ...Object.assign({}, ...DTYPES.flatMap((dtype) => [preciseOf(dtype), ...formsOf(device).map((form) => plainOf(device, dtype, form))])),
  takeStep: record({ seed: seeds, quads: natural(1, 200), columns: natural(1, 5) }).map(({ seed, quads, columns }) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    return {
      kernel: takeStep,
      launch: { params: { quads }, grid: [Math.max(1, Math.ceil(quads / 64) - random.interval(1)), columns] },
      buffers: {
        columns: columnsIn(random, columns),
        biases: values(columns),
        direction: values(columns * quads * 4),
        margins: values(columns * quads * 4),
      },
      allowed: { direction: 0, margins: 4e-7 },
    };
  }),
});

/** Of what a pass over rows writes. */
function allowedInPass(words: number, tileQuads: number, perBlock: number) {
  return {
    margins: 4e-7,
    direction: words * 4e-5,
    residuals: words * 4e-5,
    losses: tileQuads * words * 1e-4,
    partials: perBlock * tileQuads * words * 4e-3,
    filled: 0,
  };
}
