// What a ReferenceCompute makes of every kernel's buffers, byte for byte of their places, against a device: any params and
// sizes, any bytes in the inputs, outputs that held something before. Fast-check draws them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { testCompute } from '../support/compute.ts';
import { sparseOf } from '../support/sparse.ts';
import type { Kernel, Launch } from '../../src/core/compute.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { byteLayer } from '../../src/kernels/byteLayer/byteLayer.ts';
import { byteLayerGradient } from '../../src/kernels/byteLayerGradient/byteLayerGradient.ts';
import { BINS, classSplits, entropyTerms, LIGHT_UNITS } from '../../src/kernels/classSplits/classSplits.ts';
import { variantsOf } from '../../src/core/tuning/variants.ts';
import { denseLayer } from '../../src/kernels/denseLayer/denseLayer.ts';
import { distances } from '../../src/kernels/distances/distances.ts';
import { gradientHistograms } from '../../src/kernels/gradientHistograms/gradientHistograms.ts';
import { groupSums } from '../../src/kernels/groupSums/groupSums.ts';
import { gram, gramGrid, PAIR_FLOATS, PAIR_SUMS, pairsOf } from '../../src/kernels/gram/gram.ts';
import { histogramSums } from '../../src/kernels/histogramSums/histogramSums.ts';
import { keepNearest, NONE } from '../../src/kernels/keepNearest/keepNearest.ts';
import { keepNearestReference } from '../../src/kernels/keepNearest/keepNearest.reference.ts';
import { gradient } from '../../src/kernels/gradient/gradient.ts';
import { joinSums } from '../../src/kernels/joinSums/joinSums.ts';
import { LEAF, leaves } from '../../src/kernels/leaves/leaves.ts';
import { encodeWeightColumns, NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';
import { wholeSubgroups } from '../../src/kernels/lib/subgroups.ts';
import type { RowDtype } from '../../src/kernels/lib/tiles.ts';
import { piecesOf } from '../../src/kernels/lib/twofold.ts';
import { lastLayer } from '../../src/kernels/lastLayer/lastLayer.ts';
import { layerBack } from '../../src/kernels/layerBack/layerBack.ts';
import { layerGradient } from '../../src/kernels/layerGradient/layerGradient.ts';
import { logisticLoss } from '../../src/kernels/logisticLoss/logisticLoss.ts';
import { poissonLoss } from '../../src/kernels/poissonLoss/poissonLoss.ts';
import { maxPool } from '../../src/kernels/maxPool/maxPool.ts';
import { maxPoolBack } from '../../src/kernels/maxPoolBack/maxPoolBack.ts';
import { margins } from '../../src/kernels/margins/margins.ts';
import { nearestOfBytes, runsNearestOfBytes } from '../../src/kernels/nearestOfBytes/nearestOfBytes.ts';
import { oneHotRows } from '../../src/kernels/oneHotRows/oneHotRows.ts';
import { outputDelta } from '../../src/kernels/outputDelta/outputDelta.ts';
import { partition } from '../../src/kernels/partition/partition.ts';
import { patches } from '../../src/kernels/patches/patches.ts';
import { patchesBack } from '../../src/kernels/patchesBack/patchesBack.ts';
import { pairDistances } from '../../src/kernels/pairDistances/pairDistances.ts';
import { preciseGradient } from '../../src/kernels/preciseGradient/preciseGradient.ts';
import { preciseMargins } from '../../src/kernels/preciseMargins/preciseMargins.ts';
import { randomSplits } from '../../src/kernels/randomSplits/randomSplits.ts';
import { randomValueSplits } from '../../src/kernels/randomValueSplits/randomValueSplits.ts';
import { rowSquares } from '../../src/kernels/rowSquares/rowSquares.ts';
import { scaleBytes } from '../../src/kernels/scaleBytes/scaleBytes.ts';
import { maskOf, shiftRows } from '../../src/kernels/shiftRows/shiftRows.ts';
import { softmaxLoss } from '../../src/kernels/softmaxLoss/softmaxLoss.ts';
import { columnEntries, columnRuns, rowRuns } from '../../src/kernels/sparseProduct/runs.ts';
import { launchesOf, writeLaunches } from '../../src/kernels/sparseProduct/slices.ts';
import { sparseProduct } from '../../src/kernels/sparseProduct/sparseProduct.ts';
import { squaredHinge } from '../../src/kernels/squaredHinge/squaredHinge.ts';
import { takeStep } from '../../src/kernels/takeStep/takeStep.ts';
import { valueSplits, valueSplitWords } from '../../src/kernels/valueSplits/valueSplits.ts';
import { weightStep } from '../../src/kernels/weightStep/weightStep.ts';
import { checkKernel } from '../../src/testing.ts';

const compute = await testCompute();
/** Of each kernel. */
const RUNS = 6;

interface Drawn {
  readonly kernel: Kernel;
  /** The kernel of which it is a variant. */
  readonly of?: Kernel;
  readonly launch: Pick<Launch<string, string, string>, 'params' | 'sizes' | 'grid'>;
  readonly buffers: Readonly<Record<string, Float32Array | Uint32Array>>;
  /** Allowed between the two, by output: f32 rounds what float64 does not. */
  readonly allowed: Readonly<Record<string, number>>;
  /** Outputs of high and low parts, compared as their sums. */
  readonly twofold?: boolean;
}

/** High and low parts of four numbers each, as the numbers. */
function wholes(parts: Float32Array): Float64Array {
  return Float64Array.from({ length: parts.length / 2 }, (_, i) => parts[(i >> 2) * 8 + (i & 3)]! + parts[(i >> 2) * 8 + 4 + (i & 3)]!);
}

const checked = new Set<Kernel>();

async function check({ kernel, of = kernel, launch, buffers, allowed, twofold = false }: Drawn): Promise<void> {
  const numbers = twofold ? { numbers: (bytes: ArrayBuffer) => wholes(new Float32Array(bytes)) } : {};
  await checkKernel(kernel, { ...launch, buffers }, { compute, tolerance: allowed, ...numbers });
  checked.add(of);
}

const natural = (min: number, max: number) => fc.integer({ min, max });
const seeds = natural(0, 2 ** 31);
const DTYPES: readonly RowDtype[] = ['u8', 'f32'];
const FORMS = compute.subgroupLanes > 0 ? (['plain', 'subgroups'] as const) : (['plain'] as const);
/** The first variant of a form. */
const formOf = (kernel: Kernel, form: (typeof FORMS)[number]): Kernel =>
  variantsOf(kernel).find(({ enable }) => (enable !== undefined) === (form === 'subgroups'))!;
const uniform =
  (random: RandomState) =>
  (count: number, scale = 1): Float32Array =>
    Float32Array.from({ length: count }, () => (random.uint32() / 2 ** 31 - 1) * scale);

/** Blocks of `words` words a row and `quads` quads, every byte of them drawn. */
function tiles(random: RandomState, dtype: RowDtype, words: number, quads: number): Uint32Array | Float32Array {
  return dtype === 'u8' ? Uint32Array.from({ length: words * quads * 4 }, () => random.uint32()) : uniform(random)(words * quads * 16);
}

const largest = (dtype: RowDtype): number => (dtype === 'u8' ? 255 : 1);

/** Columns in slots of their own, in another order than theirs. */
function columnsIn(random: RandomState, count: number, classes = 1): Uint32Array {
  const order = random.permutation(count / classes);
  return encodeWeightColumns(
    Array.from({ length: count }, (_, i) => ({
      slot: order[Math.floor(i / classes)]! * classes + (i % classes),
      positive: random.interval(2),
      heldOut: random.interval(1) === 0 ? NO_FOLD : random.interval(2),
      step: random.interval(8) / 4 - 1,
      positiveWeight: 0.5 + random.interval(4) / 4,
      negativeWeight: 0.5 + random.interval(4) / 4,
    })),
  );
}

/** A workgroup of a layer: whole subgroups. */
const layerWorkgroup = (random: RandomState): number => wholeSubgroups(16, compute) << random.interval(1);

/** Quads of inputs that are present, in any order, behind others' and before those that are not. */
function presentOf(random: RandomState, inQuads: number) {
  const [presentAt, presentQuads] = [random.interval(3), random.interval(inQuads)];
  const order = random.permutation(inQuads);
  return { some: { presentAt, presentQuads }, present: Uint32Array.from([...new Uint32Array(presentAt), ...order]), absent: [...order.subarray(presentQuads)] };
}

/** A layer of units, and some of the rows that it is asked of. */
const layers = fc.record({
  seed: seeds,
  rows: natural(1, 70),
  firstRow: natural(0, 9),
  inQuads: natural(1, 20),
  outQuads: natural(1, 9),
  activation: natural(0, 3),
  form: fc.constantFrom(...FORMS),
});

function byteLayerOf({ seed, rows, firstRow, inQuads, outQuads }: { seed: number; rows: number; firstRow: number; inQuads: number; outQuads: number }) {
  const random = new RandomState(seed);
  const values = uniform(random);
  const WORKGROUP = compute.subgroupLanes;
  const [WORDS, ACROSS] = [1 + random.interval(1) * 9, 1 + random.interval(1)];
  return {
    params: { rows, firstRow, inQuads, outQuads },
    sizes: { WORDS, VECTORS: Math.ceil(WORDS / WORKGROUP), ACROSS, WORKGROUP },
    grid: [Math.ceil((outQuads * 4) / (ACROSS * WORKGROUP)), Math.ceil(inQuads / WORDS)] as const,
    bytes: Uint32Array.from({ length: (firstRow + rows) * inQuads }, () => (random.interval(1) === 0 ? 0 : random.uint32() & 0xff00ffff)),
    scaling: Float32Array.from([...new Float32Array(inQuads * 8), ...values(inQuads * 4, 0.01)]),
    values,
  };
}

/** Pictures, and what a filter sees of them: lines and columns, no more than there are. */
const pictures = fc
  .record({ seed: seeds, rows: natural(1, 5), height: natural(1, 9), width: natural(1, 9), quads: natural(1, 3), most: natural(1, 5) })
  .map(({ most, ...picture }) => ({ ...picture, high: Math.min(most, picture.height), wide: Math.min(most, picture.width) }));

/** A chunk of `tilesHere` tiles behind `offset` quads, of rows of `words` words. */
const chunks = fc.record({
  seed: seeds,
  words: natural(1, 70),
  tilesHere: natural(1, 5),
  tileQuads: fc.constantFrom(8, 32),
  offset: natural(0, 9),
  models: fc.constantFrom(1, 2, 4),
  groups: natural(1, 3),
  first: natural(0, 2),
  /** Quads an invocation, where it may own several. */
  owned: fc.constantFrom(1, 2),
});

/** Tiles a block of a gradient, and blocks before the chunk. */
const blocksOf = fc.record({ perBlock: natural(1, 3), block: natural(0, 2) });

const workgroup = Math.max(32, compute.subgroupLanes);
/** As functions: a counterexample is told by its seed, not by all its bytes. */
type Draws = Readonly<Record<string, fc.Arbitrary<() => Drawn>>>;
const plainOf = (dtype: RowDtype, form: (typeof FORMS)[number]): Draws => ({
  [`margins, ${dtype}, ${form}`]: chunks.map(({ seed, words, tilesHere, tileQuads, offset, models, groups, first, owned }) => () => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const quads = tilesHere * tileQuads;
    const stride = offset + quads + 3;
    const columns = first + models * groups;
    const scale = largest(dtype);
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
  [`gradient, ${dtype}, ${form}`]: fc.tuple(chunks, blocksOf).map(([chunk, { perBlock, block }]) => () => {
    const { seed, words, tilesHere, tileQuads, offset, models, groups, first } = chunk;
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
  [`preciseMargins, ${dtype}`]: chunks.map(({ seed, words, tilesHere, tileQuads, offset, groups: columns }) => () => {
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
  [`preciseGradient, ${dtype}`]: fc.tuple(chunks, blocksOf).map(([chunk, { perBlock, block }]) => () => {
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
    fc
      .record({ seed: seeds, rows: natural(1, 700), models: natural(1, 4), RUN: fc.constantFrom(1, 3, 16), drawn: fc.constantFrom(1e-3, 3, 40) })
      .map(({ seed, rows, models, RUN, drawn }) => () => {
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
      }),
  ]),
);
const sparse: Draws = {
  sparseProduct: fc
    .record({ seed: seeds, rows: natural(1, 300), cols: natural(1, 90), MODELS: fc.constantFrom(1, 2, 4), groups: natural(1, 3), TRANSPOSED: natural(0, 1) })
    .map(({ seed, rows, cols, MODELS, groups, TRANSPOSED }) => () => {
      const random = new RandomState(seed);
      const values = uniform(random);
      const x = sparseOf(
        matrix(
          rows,
          cols,
          values(rows * cols).map((value, at) => (at % cols === 0 ? 1 : Math.abs(value) < 0.9 ? 0 : value)),
        ),
      );
      const ids = Uint32Array.from({ length: rows }, () => random.interval(rows - 1));
      const runs = TRANSPOSED ? columnRuns(x, ids, cols + 1) : undefined;
      const all = runs ? [runs] : rowRuns(x, ids);
      const { launches, bytes } = launchesOf(all);
      const packed = new Uint32Array(Math.max(2, bytes / 4));
      writeLaunches(all, runs ? columnEntries(x, ids, runs) : x, packed.buffer);
      const [launch = { at: 0, runs: 0 }] = launches;
      const first = random.interval(2);
      const columns = first + MODELS * groups;
      const [offset, width] = [random.interval(9), cols + 1 + random.interval(5)];
      const [stride, each] = [offset + rows + 3, 1 + random.interval(2)];
      const [ofRows, ofColumns] = [values(columns * stride), values(columns * width)];
      return {
        kernel: sparseProduct,
        launch: {
          params: { ...launch, first, stride, offset, width, begin: random.interval(first), each },
          sizes: { MODELS, TRANSPOSED, KEEP: random.interval(1) },
          grid: [Math.max(1, Math.ceil(launch.runs / each / 64) - random.interval(1)), groups],
        },
        buffers: { x: packed, columns: columnsIn(random, columns), ...(runs ? { factors: ofRows, sums: ofColumns } : { factors: ofColumns, sums: ofRows }) },
        allowed: { sums: 1e-5 },
      };
    }),
  oneHotRows: fc.record({ seed: seeds, quads: natural(1, 200), groups: natural(1, 5), sets: natural(1, 3) }).map(({ seed, quads, groups, sets }) => () => {
    const random = new RandomState(seed);
    const values = uniform(random);
    return {
      kernel: oneHotRows,
      launch: { params: { quads }, grid: [Math.max(1, Math.ceil(quads / 64) - random.interval(1)), groups, sets] },
      buffers: {
        codes: Uint32Array.from({ length: sets * quads * 4 }, () => random.interval(groups)),
        weights: values(quads * 4),
        columns: values(sets * groups * quads * 4),
      },
      allowed: { columns: 0 },
    };
  }),
  rowSquares: chunks.map(({ seed, words, tilesHere, tileQuads, offset }) => () => {
    const random = new RandomState(seed);
    const quads = tilesHere * tileQuads;
    return {
      kernel: rowSquares,
      launch: {
        params: { words, quads, offset },
        sizes: { TILE_QUADS: tileQuads },
        grid: [Math.max(1, Math.ceil(quads / 64) - random.interval(1))],
      },
      buffers: {
        x: new Uint32Array(Uint8Array.from({ length: words * quads * 16 }, () => random.interval(255)).buffer),
        squares: new Uint32Array((offset + quads + 1) * 4).fill(77),
      },
      allowed: { squares: 0 },
    };
  }),
  shiftRows: fc
    .record({
      seed: seeds,
      rows: natural(1, 150),
      lineBytes: natural(1, 9),
      lines: natural(1, 9),
      pictures: natural(1, 9),
      shifts: natural(1, 4),
      TILE_QUADS: fc.constantFrom(8, 32),
    })
    .map(({ seed, rows, lineBytes, lines, pictures, shifts, TILE_QUADS }) => () => {
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
  denseLayer: layers.map(({ seed, rows, firstRow, inQuads, outQuads, activation, form }) => () => {
    const random = new RandomState(seed);
    const ACROSS = 1 + random.interval(1);
    const WORKGROUP = layerWorkgroup(random);
    const values = uniform(random);
    const { some, present } = presentOf(random, inQuads);
    return {
      kernel: formOf(denseLayer, form),
      of: denseLayer,
      launch: {
        params: { rows, firstRow, inQuads, outQuads, units: outQuads * 4 - random.interval(3), activation, ...some },
        sizes: { ACROSS, WORKGROUP },
        grid: [Math.max(1, Math.ceil(outQuads / ACROSS) - random.interval(1)), Math.ceil(rows / 4 / WORKGROUP)],
      },
      buffers: {
        inputs: values((firstRow + rows) * inQuads * 4),
        weights: values((inQuads * 4 + 1) * outQuads * 4),
        present,
        outputs: values(rows * outQuads * 4),
      },
      allowed: { outputs: 1e-5 },
    };
  }),
  layerBack: layers.map(({ seed, rows, inQuads, outQuads, activation, form }) => () => {
    const random = new RandomState(seed);
    const ACROSS = 1 + random.interval(1);
    const WORKGROUP = layerWorkgroup(random);
    const values = uniform(random);
    return {
      kernel: formOf(layerBack, form),
      of: layerBack,
      launch: {
        params: { rows, inQuads, outQuads, activation },
        sizes: { ACROSS, WORKGROUP },
        grid: [Math.max(1, Math.ceil(inQuads / ACROSS) - random.interval(1)), Math.ceil(rows / 4 / WORKGROUP)],
      },
      buffers: {
        deltas: values(rows * outQuads * 4),
        weights: values((inQuads * 4 + 1) * outQuads * 4),
        // Some units of relu made nothing.
        inputs: values(rows * inQuads * 4).map((value) => Math.max(activation === 3 ? 0 : -1, value)),
        before: values(rows * inQuads * 4),
      },
      allowed: { before: 1e-5 },
    };
  }),
  layerGradient: fc.tuple(layers, natural(1, 3), natural(0, 1)).map(([{ seed, rows, firstRow, inQuads, outQuads, form }, parts, more]) => () => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const ACROSS = 1 + random.interval(1);
    const WORKGROUP = layerWorkgroup(random);
    const { some, present, absent } = presentOf(random, inQuads);
    return {
      kernel: formOf(layerGradient, form),
      of: layerGradient,
      launch: {
        params: { rows, firstRow, inQuads, outQuads, partRows: Math.ceil(rows / parts), more, ...some },
        sizes: { ACROSS, WORKGROUP },
        // A part behind the last row is 0.
        grid: [Math.ceil(outQuads / ACROSS), Math.ceil((inQuads + 1) / WORKGROUP), parts + random.interval(1)],
      },
      buffers: {
        // What is not present is 0.
        inputs: values((firstRow + rows) * inQuads * 4).map((value, at) => (absent.includes(Math.floor(at / 4) % inQuads) ? 0 : value)),
        deltas: values(rows * outQuads * 4),
        present,
        parts: values((parts + 1) * (inQuads * 4 + 1) * outQuads * 4),
      },
      allowed: { parts: 1e-5 },
    };
  }),
  joinSums: layers.map(({ seed, rows, inQuads, outQuads, activation }) => () => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const [quads, parts] = [rows * outQuads, 1 + random.interval(3)];
    const sizes = { EACH: 1 + random.interval(3), WORKGROUP: 16 };
    return {
      kernel: joinSums,
      launch: {
        params: { quads, outQuads, units: outQuads * 4 - random.interval(3), activation, parts, constantsAt: inQuads * 4 * outQuads },
        sizes,
        grid: [Math.max(1, Math.ceil(quads / (sizes.EACH * 16)) - random.interval(1))],
      },
      buffers: { parts: values(parts * quads * 4), weights: values((inQuads * 4 + 1) * outQuads * 4), outputs: values(quads * 4) },
      allowed: { outputs: 1e-5 },
    };
  }),
  scaleBytes: fc.record({ seed: seeds, rows: natural(1, 40), quads: natural(1, 20) }).map(({ seed, rows, quads }) => () => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const sizes = { EACH: 1 + random.interval(8), WORKGROUP: 16 };
    return {
      kernel: scaleBytes,
      launch: { params: { rows, quads }, sizes, grid: [Math.ceil(quads / 16), Math.max(1, Math.ceil(rows / sizes.EACH) - random.interval(1))] },
      buffers: {
        bytes: Uint32Array.from({ length: rows * quads }, () => random.uint32()),
        scaling: Float32Array.from([...values(quads * 4, 200).map(Math.round), ...values(quads * 4, 0.5), ...values(quads * 4, 0.01)]),
        x: values(rows * quads * 4),
      },
      allowed: { x: 1e-6 },
    };
  }),
  weightStep: fc.record({ seed: seeds, quads: natural(1, 300), parts: natural(1, 4), solver: natural(0, 2) }).map(({ seed, quads, parts, solver }) => () => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const EACH = 1 + random.interval(1);
    const grid = [Math.max(1, Math.ceil(quads / (64 * EACH)) - random.interval(1))] as const;
    const squaresAt = random.interval(5);
    return {
      kernel: weightStep,
      launch: {
        params: {
          quads,
          constants: random.interval(quads),
          parts,
          solver,
          squaresAt,
          alpha: 0.25,
          weightSum: 1.5,
          rate: 0.125,
          first: 0.75,
          second: 0.875,
          epsilon: 0.5,
        },
        sizes: { EACH },
        grid,
      },
      buffers: {
        parts: values(parts * quads * 4),
        weights: values(quads * 4),
        moments: values(2 * quads * 4).map(Math.abs),
        squares: values(squaresAt + grid[0] + 1),
      },
      allowed: { weights: 1e-5, moments: 1e-5, squares: 1e-3 },
    };
  }),
  patches: fc.tuple(pictures, natural(1, 3)).map(([{ seed, rows, height, width, high, wide }, channels]) => () => {
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
  patchesBack: pictures.map(({ seed, rows, height, width, quads, high, wide }) => () => {
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
  maxPool: pictures.map(({ seed, rows, height, width, quads }) => () => {
    const random = new RandomState(seed);
    const pooled = rows * Math.ceil(height / 2) * Math.ceil(width / 2) * quads * 4;
    return {
      kernel: maxPool,
      launch: { params: { rows, height, width, quads }, grid: [Math.max(1, Math.ceil(pooled / 256) - random.interval(1))] },
      buffers: { made: uniform(random)(rows * height * width * quads * 4), pooled: uniform(random)(pooled) },
      allowed: { pooled: 0 },
    };
  }),
  maxPoolBack: fc.tuple(pictures, natural(0, 3)).map(([{ seed, rows, height, width, quads }, activation]) => () => {
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
  outputDelta: fc.tuple(layers, natural(0, 2)).map(([{ seed, rows, firstRow, outQuads: some }, kind]) => () => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const outQuads = kind === 1 ? 1 : some;
    const outputs = kind === 1 ? 1 : outQuads * 4 - random.interval(3);
    const targets = {
      0: Float32Array.from({ length: firstRow + rows }, () => random.interval(outputs - 1)),
      1: Float32Array.from({ length: firstRow + rows }, () => random.interval(1)),
      2: values((firstRow + rows) * outputs),
    }[kind]!;
    return {
      kernel: outputDelta,
      launch: { params: { rows, firstRow, outputs, outQuads, kind }, grid: [Math.max(1, Math.ceil(rows / 64) - random.interval(1))] },
      buffers: {
        sums: values(rows * outQuads * 4, 30),
        targets,
        weights: values(firstRow + rows),
        deltas: values(rows * outQuads * 4),
        losses: values(firstRow + rows),
      },
      allowed: { deltas: 1e-4, losses: 1e-4 * 30 },
    };
  }),
  takeStep: fc.record({ seed: seeds, quads: natural(1, 200), columns: natural(1, 5) }).map(({ seed, quads, columns }) => () => {
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
};
/** Whole numbers below 16, whose sums and products f32 holds exactly: the device and the host say the same to the bit. */
const small = (random: RandomState, count: number): Float32Array => Float32Array.from({ length: count }, () => random.interval(15));
const smallTiles = (random: RandomState, dtype: RowDtype, words: number, quads: number): Uint32Array | Float32Array => {
  const values = small(random, words * quads * 16);
  return dtype === 'f32' ? values : new Uint32Array(Uint8Array.from(values).buffer);
};
const distancesOf = (dtype: RowDtype, form: (typeof FORMS)[number]): Draws => ({
  [`distances, ${dtype}, ${form}`]: fc.tuple(chunks, natural(0, 1), natural(0, 1)).map(([chunk, ALL, MANHATTAN]) => () => {
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
const ofBytes: Draws = {
  nearestOfBytes: fc.tuple(chunks, natural(1, 12), fc.constantFrom(1, 30_000)).map(([chunk, centers, most]) => () => {
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
};
const groupsOf = (dtype: RowDtype): Draws => ({
  [`groupSums, ${dtype}`]: fc.tuple(chunks, natural(1, 3), natural(1, 2)).map(([chunk, perBlock, MOMENTS]) => () => {
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
const pairDraws = (dtype: RowDtype, form: (typeof FORMS)[number]): Draws => ({
  [`pairDistances, ${dtype}, ${form}`]: fc.tuple(chunks, natural(1, 40)).map(([chunk, asked]) => () => {
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
const kept: Draws = {
  keepNearest: fc.record({ seed: seeds, asked: natural(1, 150), rows: natural(1, 40), count: natural(1, 9), before: natural(0, 20) }).map((drawn) => () => {
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
};
const gramOf = (form: keyof typeof gram): Draws => ({
  [`gram, ${form}`]: fc.tuple(chunks, natural(1, 90)).map(([chunk, block]) => () => {
    const { seed, words, tilesHere, tileQuads, offset } = chunk;
    const random = new RandomState(seed);
    const quads = tilesHere * tileQuads;
    const first = random.interval(quads * 4 - 1);
    const end = first + 1 + random.interval(quads * 4 - first - 1);
    const blocks = Math.ceil((end - first) / block);
    const exact = form === 'exact' || form === 'exactSubgroups';
    const dtype = form === 'f32' ? 'f32' : 'u8';
    // Smaller than it is used: shaders take long to compile, and each size of tiles is one.
    const smaller = form === 'exactSubgroups' ? { ACROSS: 3, DOWN: 1, WORKGROUP: workgroup } : {};
    const weights = uniform(random)((offset + quads) * 4);
    const order = random.permutation(words);
    const tiles = preciseTiles(random, dtype, words, quads);
    // Zeros are left out.
    if (exact) for (let at = 0; at < tiles['x']!.length; at += 16) if (random.interval(2) > 0) tiles['x']!.fill(0, at, at + 16);
    const partials = exact ? new Uint32Array(blocks * pairsOf(words) * PAIR_SUMS).fill(7) : uniform(random)(blocks * pairsOf(words) * PAIR_FLOATS);
    return {
      kernel: gram[form],
      launch: {
        params: { words, first, end, block, ...(exact ? {} : { zero: 0, offset }) },
        sizes: { TILE_QUADS: tileQuads, ...smaller },
        grid: [...gramGrid({ ...gram[form], sizes: { ...gram[form].sizes, ...smaller } }, words), blocks],
      },
      buffers: { ...tiles, ...(form === 'exactSubgroups' && { order }), ...(exact ? {} : { weights }), partials },
      allowed: { partials: exact ? 0 : block * largest(dtype) ** 2 * 1e-13 },
      twofold: !exact,
    };
  }),
});
const splitting = fc.record({
  seed: seeds,
  rows: natural(1, 200),
  cols: natural(1, 9),
  classes: natural(1, 4),
  nodes: natural(1, 6),
  heavy: natural(1, 400),
  least: natural(1, 3),
  ENTROPY: natural(0, 1),
});
const trees: Draws = {
  classSplits: splitting.map(({ seed, rows, cols, classes, nodes, heavy, least, ENTROPY }) => () => {
    const random = new RandomState(seed);
    const words = Math.ceil(rows / 4);
    const slots = 1 + random.interval(cols - 1);
    const members = membersOf(random, rows, classes, heavy);
    const ROWS = random.interval(1);
    const LIGHT = rows * heavy < LIGHT_UNITS ? random.interval(1) : 0;
    return {
      kernel: classSplits,
      launch: {
        params: { nodes, slots, words, drawn: random.interval(1), least },
        sizes: { CLASSES: classes, ENTROPY, ROWS, LIGHT },
        grid: [1 + random.interval(nodes - 1), 1],
      },
      buffers: {
        x: Uint32Array.from({ length: cols * words }, () => random.uint32() & random.uint32() & 0x03030303),
        members,
        nodes: nodesOf(members, nodes, classes),
        features: Uint32Array.from({ length: nodes * slots }, () => random.interval(cols - 1)),
        terms: ENTROPY === 1 ? entropyTerms(rows * heavy) : new Uint32Array(2),
        counts: new Uint32Array(nodes * 32 * BINS * (classes + ROWS)),
        splits: new Uint32Array(nodes * slots * 6).fill(7),
      },
      allowed: { splits: 0, counts: 0 },
    };
  }),
  randomSplits: splitting.map(({ seed, rows, cols, classes, nodes, heavy, least, ENTROPY }) => () => {
    const random = new RandomState(seed);
    const words = Math.ceil(rows / 4);
    const slots = 1 + random.interval(cols - 1);
    const members = membersOf(random, rows, classes, heavy);
    return {
      kernel: randomSplits,
      launch: { params: { nodes, slots, words, least }, sizes: { CLASSES: classes, ENTROPY }, grid: [1 + random.interval(nodes - 1), 1] },
      buffers: {
        x: Uint32Array.from({ length: cols * words }, () => random.uint32() & 0x0f0f0f0f),
        members,
        nodes: nodesOf(members, nodes, classes),
        features: Uint32Array.from({ length: nodes * slots * 2 }, (_, at) => (at % 2 === 0 ? random.interval(cols - 1) : random.uint32())),
        positions: Uint32Array.from({ length: cols * BINS }, (_, at) => (at % BINS) * 2 ** 24 + random.interval(2 ** 24 - 1)),
        terms: ENTROPY === 1 ? entropyTerms(rows * heavy) : new Uint32Array(2),
        counts: new Uint32Array(nodes * 32 * classes),
        splits: new Uint32Array(nodes * slots * 6).fill(7),
      },
      allowed: { splits: 0, counts: 0 },
    };
  }),
  valueSplits: fc
    .record({ seed: seeds, rows: natural(1, 200), cols: natural(1, 9), outputs: natural(1, 3), nodes: natural(1, 6), least: natural(1, 3) })
    .map(({ seed, rows, cols, outputs, nodes, least }) => () => {
      const random = new RandomState(seed);
      const words = Math.ceil(rows / 4);
      const slots = 1 + random.interval(cols - 1);
      const { members, targets, records } = valuesIn(random, rows, outputs, nodes);
      return {
        kernel: valueSplits,
        launch: { params: { nodes, slots, words, drawn: random.interval(1), least }, sizes: { OUTPUTS: outputs }, grid: [1 + random.interval(nodes - 1), 1] },
        buffers: {
          x: Uint32Array.from({ length: cols * words }, () => random.uint32() & random.uint32() & 0x03030303),
          members,
          targets,
          nodes: records,
          features: Uint32Array.from({ length: nodes * slots }, () => random.interval(cols - 1)),
          counts: new Uint32Array(nodes * 32 * BINS * valueSplitWords(outputs)),
          splits: new Uint32Array(nodes * slots * valueSplitWords(outputs)).fill(7),
        },
        allowed: { splits: 0, counts: 0 },
      };
    }),
  randomValueSplits: fc
    .record({ seed: seeds, rows: natural(1, 200), cols: natural(1, 9), outputs: natural(1, 3), nodes: natural(1, 6), least: natural(1, 3) })
    .map(({ seed, rows, cols, outputs, nodes, least }) => () => {
      const random = new RandomState(seed);
      const words = Math.ceil(rows / 4);
      const slots = 1 + random.interval(cols - 1);
      const { members, targets, records } = valuesIn(random, rows, outputs, nodes);
      return {
        kernel: randomValueSplits,
        launch: { params: { nodes, slots, words, least }, sizes: { OUTPUTS: outputs }, grid: [1 + random.interval(nodes - 1), 1] },
        buffers: {
          x: Uint32Array.from({ length: cols * words }, () => random.uint32() & 0x0f0f0f0f),
          members,
          targets,
          nodes: records,
          features: Uint32Array.from({ length: nodes * slots * 2 }, (_, at) => (at % 2 === 0 ? random.interval(cols - 1) : random.uint32())),
          positions: Uint32Array.from({ length: cols * BINS }, (_, at) => (at % BINS) * 2 ** 24 + random.interval(2 ** 24 - 1)),
          splits: new Uint32Array(nodes * slots * valueSplitWords(outputs)).fill(7),
        },
        allowed: { splits: 0 },
      };
    }),
  partition: fc
    .record({ seed: seeds, rows: natural(1, 200), cols: natural(1, 9), classes: natural(1, 4), nodes: natural(1, 70) })
    .map(({ seed, rows, cols, classes, nodes }) => () => {
      const random = new RandomState(seed);
      const words = Math.ceil(rows / 4);
      const splits = Uint32Array.from({ length: nodes }, (_, node) => node).map((node) => Math.floor((node * rows) / nodes));
      return {
        kernel: partition,
        launch: { params: { nodes, words }, sizes: { CLASSES: classes }, grid: [Math.max(1, Math.ceil(nodes / 32) - random.interval(1))] },
        buffers: {
          x: Uint32Array.from({ length: cols * words }, () => random.uint32()),
          splits: Uint32Array.from([...splits].flatMap((begin, node) => [begin, splits[node + 1] ?? rows, random.interval(cols - 1), random.interval(255)])),
          members: membersOf(random, rows, classes, 5),
          held: new Uint32Array(rows * 2).fill(7),
          left: new Uint32Array(nodes * (1 + classes)).fill(7),
        },
        allowed: { members: 0, held: 0, left: 0 },
      };
    }),
  leaves: fc
    .record({ seed: seeds, rows: natural(1, 200), cols: natural(1, 9), count: natural(1, 5), PER_WORD: natural(1, 2) })
    .map(({ seed, rows, cols, count, PER_WORD }) => () => {
      const random = new RandomState(seed);
      const words = Math.ceil(cols / PER_WORD);
      // A split, and below it a leaf and another split.
      const nodes = Array.from({ length: count * 2 }, (_, i) => [
        [random.interval(cols - 1), random.uint32() >>> (PER_WORD === 2 ? 16 : 0), 1 + 2 * i],
        [LEAF, 0, random.interval(99)],
      ]).flat(2);
      nodes.push(LEAF, 0, 100);
      return {
        kernel: leaves,
        launch: { params: { rows, words }, sizes: { PER_WORD }, grid: [Math.max(1, Math.ceil(rows / 64) - random.interval(1)), count] },
        buffers: {
          x: Uint32Array.from({ length: rows * words }, () => random.uint32()),
          nodes: Uint32Array.from(nodes),
          roots: Uint32Array.from({ length: count }, (_, tree) => tree * 2),
          leaves: new Uint32Array(rows * count).fill(7),
        },
        allowed: { leaves: 0 },
      };
    }),
  gradientHistograms: fc
    .record({ seed: seeds, rows: natural(1, 90), cols: natural(1, 70), stretches: natural(1, 9), treeCount: natural(1, 3), PARTS: natural(1, 2) })
    .map(({ seed, rows, cols, stretches, treeCount, PARTS }) => () => {
      const random = new RandomState(seed);
      const words = Math.ceil(cols / 4);
      const bins = Array.from({ length: words * 4 }, (_, column) => (column < cols ? 1 + random.interval(20) : 1));
      const offsets = Uint32Array.from({ length: cols + 1 }, (_, column) => bins.slice(0, column).reduce((sum, own) => sum + own, 0));
      const x = Uint8Array.from({ length: rows * words * 4 }, (_, at) => random.interval(bins[at % bins.length]! - 1));
      const numbers = 1 + 2 * PARTS;
      return {
        kernel: gradientHistograms,
        launch: {
          params: { rows, words, cols },
          sizes: { PARTS },
          grid: [Math.max(1, stretches - random.interval(1)), Math.max(1, Math.ceil(cols / 32) - random.interval(1))],
        },
        buffers: {
          x: new Uint32Array(x.buffer),
          members: Uint32Array.from({ length: rows }, () => random.interval(rows - 1)),
          derivatives: Uint32Array.from({ length: treeCount * rows * PARTS * 2 }, () => random.uint32()),
          offsets,
          stretches: Uint32Array.from({ length: stretches * 4 }, (_, at) =>
            at % 4 < 2 ? Math.floor(((Math.floor(at / 4) + (at % 4)) * rows) / stretches) : at % 4 === 2 ? random.interval(treeCount - 1) : 0,
          ),
          histograms: new Uint32Array(stretches * offsets[cols]! * numbers).fill(7),
        },
        allowed: { histograms: 0 },
      };
    }),
  histogramSums: fc.record({ seed: seeds, bins: natural(1, 200), nodes: natural(1, 9), PARTS: natural(1, 2) }).map(({ seed, bins, nodes, PARTS }) => () => {
    const random = new RandomState(seed);
    const numbers = 1 + 2 * PARTS;
    const own = Array.from({ length: nodes }, () => random.interval(3));
    const ends = own.map((_, i) => own.slice(0, i + 1).reduce((sum, count) => sum + count, 0));
    return {
      kernel: histogramSums,
      launch: { params: { bins }, sizes: { PARTS }, grid: [Math.max(1, Math.ceil(bins / 64) - random.interval(1)), nodes] },
      buffers: {
        histograms: Uint32Array.from({ length: Math.max(1, ends.at(-1)!) * bins * numbers }, () => random.uint32()),
        nodes: Uint32Array.from(ends.flatMap((end, i) => [end - own[i]!, end])),
        sums: new Uint32Array(nodes * bins * numbers).fill(7),
      },
      allowed: { sums: 0 },
    };
  }),
};
/** Layers of bytes, which lanes hand round. Some bytes are 0, and so are some words. */
const layersOfBytes: Draws = {
  byteLayer: layers.map((layer) => () => {
    const { params, sizes, grid, bytes, scaling, values } = byteLayerOf(layer);
    const { rows, inQuads, outQuads } = layer;
    return {
      kernel: byteLayer,
      launch: { params, sizes, grid },
      buffers: { bytes, scaling, weights: values((inQuads * 4 + 1) * outQuads * 4), parts: values(grid[1] * rows * outQuads * 4) },
      allowed: { parts: 1e-5 },
    };
  }),
  byteLayerGradient: fc.tuple(layers, natural(1, 3), natural(0, 1)).map(([layer, parts, more]) => () => {
    const { params, sizes, grid, bytes, scaling, values } = byteLayerOf(layer);
    const { rows, inQuads, outQuads } = layer;
    return {
      kernel: byteLayerGradient,
      // A part behind the last row is 0.
      launch: { params: { ...params, partRows: Math.ceil(rows / parts), more }, sizes, grid: [...grid, parts + 1] as const },
      buffers: { bytes, scaling, deltas: values(rows * outQuads * 4), parts: values((parts + 1) * (inQuads * 4 + 1) * outQuads * 4) },
      allowed: { parts: 1e-5 },
    };
  }),
};

const lastLayers: Draws = {
  lastLayer: fc
    .tuple(layers, natural(1, 3), natural(0, 1), natural(0, 2))
    .map(([{ seed, rows, firstRow, inQuads, outQuads, activation }, parts, more, kind]) => () => {
      const random = new RandomState(seed);
      const values = uniform(random);
      const UNITS = kind === 1 ? 1 : Math.min(12, outQuads * 4 - random.interval(3));
      const quads = Math.ceil(UNITS / 4);
      const WORKGROUP = compute.subgroupLanes;
      const targets = firstRow + rows;
      return {
        kernel: lastLayer,
        launch: {
          params: { rows, firstRow, inQuads, outQuads: quads, partRows: Math.ceil(rows / parts), more },
          sizes: { VECTORS: Math.ceil((inQuads * 4 + 1) / WORKGROUP), UNITS, ACTIVATION: activation, KIND: kind, WORKGROUP },
          // A part behind the last row is 0.
          grid: [parts + random.interval(1)] as const,
        },
        buffers: {
          // Some units of relu made nothing.
          inputs: values(rows * inQuads * 4).map((value) => Math.max(activation === 3 ? 0 : -1, value)),
          weights: values((inQuads * 4 + 1) * quads * 4),
          targets: kind === 2 ? values(targets * UNITS) : Float32Array.from({ length: targets }, () => random.interval(kind === 1 ? 1 : UNITS - 1)),
          counts: values(targets).map(Math.abs),
          before: values(rows * inQuads * 4),
          losses: values(targets),
          parts: values((parts + 1) * (inQuads * 4 + 1) * quads * 4),
        },
        allowed: { before: 1e-4, losses: 1e-4, parts: 1e-4 },
      };
    }),
};

const draws: Draws = Object.assign(
  {},
  losses,
  compute.subgroupLanes > 0 ? layersOfBytes : {},
  compute.subgroupLanes > 0 ? lastLayers : {},
  sparse,
  trees,
  kept,
  runsNearestOfBytes(compute) ? ofBytes : {},
  ...(['u8', 'f32', 'exact', ...(compute.subgroupLanes > 0 ? (['exactSubgroups'] as const) : [])] as const).map(gramOf),
  ...DTYPES.flatMap((dtype) => [
    preciseOf(dtype),
    groupsOf(dtype),
    ...FORMS.flatMap((form) => [plainOf(dtype, form), distancesOf(dtype, form), pairDraws(dtype, form)]),
  ]),
) as Draws;

/** Members of nodes: row | class << 24, and weight. */
function membersOf(random: RandomState, rows: number, classes: number, heavy: number): Uint32Array {
  const order = random.permutation(rows);
  return Uint32Array.from([...order].flatMap((row) => [row + random.interval(classes - 1) * 2 ** 24, 1 + random.interval(heavy - 1)]));
}

/** As many nodes, that share the members: begin and end of each, and weight by class. */
function nodesOf(members: Uint32Array, nodes: number, classes: number): Uint32Array {
  const packed = new Uint32Array(nodes * (2 + classes));
  for (let node = 0; node < nodes; node++) {
    const [begin, end] = [node, node + 1].map((at) => Math.floor((at * members.length) / 2 / nodes)) as [number, number];
    packed.set([begin, end], node * (2 + classes));
    for (let at = begin; at < end; at++) packed[node * (2 + classes) + 2 + (members[at * 2]! >>> 24)]! += members[at * 2 + 1]!;
  }
  return packed;
}

/** Members of nodes of values, row and times; the targets of the rows, and what stands at the nodes. */
function valuesIn(random: RandomState, rows: number, outputs: number, nodes: number): Readonly<Record<'members' | 'targets' | 'records', Uint32Array>> {
  const each = 2 + 2 * outputs;
  const few = random.interval(1) === 0;
  const numbers = Array.from({ length: rows * outputs }, () => (few ? random.interval(1) : random.interval(2 ** 20) * 2 ** 20 + random.interval(99)));
  const members = Uint32Array.from([...random.permutation(rows)].flatMap((row) => [row, 1 + random.interval(2)]));
  const targets = new Uint32Array(rows * each);
  const weights = Uint32Array.from({ length: rows }, () => 1 + random.interval(few ? 0 : 99));
  const kinds = new Map<string, number>();
  const two = (value: number): [number, number] => [value % 2 ** 32, Math.floor(value / 2 ** 32)];
  for (let row = 0; row < rows; row++) {
    const own = numbers.slice(row * outputs, (row + 1) * outputs);
    if (!kinds.has(own.join())) kinds.set(own.join(), kinds.size);
    targets.set([kinds.get(own.join())!, weights[row]!, ...own.flatMap((value) => two(value * weights[row]!))], row * each);
  }
  const records = new Uint32Array(nodes * (1 + each));
  for (let node = 0; node < nodes; node++) {
    const [begin, end] = [node, node + 1].map((at) => Math.floor((at * rows) / nodes)) as [number, number];
    const sums = new Array<number>(1 + outputs).fill(0);
    for (let at = begin; at < end; at++) {
      const [row, times] = members.subarray(at * 2) as unknown as [number, number];
      sums[0]! += times * weights[row]!;
      for (let o = 0; o < outputs; o++) sums[1 + o]! += times * weights[row]! * numbers[row * outputs + o]!;
    }
    records.set([begin, end, sums[0]!, ...sums.slice(1).flatMap(two)], node * (1 + each));
  }
  return { members, targets, records };
}

/** float64 numbers in [-1, 1) as four pieces each. */
function pieces(random: RandomState, count: number): Float32Array {
  const out = new Float32Array(count * 4);
  for (let i = 0; i < count; i++) piecesOf(random.uint32() / 2 ** 31 - 1 + random.uint32() / 2 ** 63, out, i * 4);
  return out;
}

function preciseTiles(random: RandomState, dtype: RowDtype, words: number, quads: number): Readonly<Record<string, Uint32Array | Float32Array>> {
  const x = tiles(random, dtype, words, quads);
  if (dtype === 'u8') return { x };
  // Less than half of what f32 can still tell from the features.
  return { x, xLow: Float32Array.from(x, (value) => value * 2 ** -25 * (random.uint32() / 2 ** 31 - 1)) };
}

describe('the host does what the device does', () => {
  test.each(Object.entries(draws))('%s', (_, drawn) =>
    fc.assert(
      fc.asyncProperty(drawn, (make) => check(make())),
      { numRuns: RUNS },
    ),
  );
});

/** Kernels that the files of a kernel's folder export, alone or in records of them. */
function kernelsIn(value: unknown): readonly Kernel[] {
  if (value === null || typeof value !== 'object') return [];
  if ('source' in value && 'bindings' in value) return [value as Kernel];
  return Object.values(value).flatMap(kernelsIn);
}

// Last: every kernel was drawn above, but for those that this device cannot run.
test('every kernel of src/kernels is checked', async () => {
  const root = join(ROOT, 'src/kernels');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /^\w+\/\w+\.ts$/.test(file));
  const exported = await Promise.all(files.map(async (file) => [file, kernelsIn({ ...((await import(join(root, file))) as object) })] as const));
  const forgotten = exported.flatMap(([file, kernels]) =>
    kernels.filter((kernel) => !checked.has(kernel) && (kernel.enable ?? []).every((name) => compute.features.has(name))).map(({ name }) => `${file}: ${name}`),
  );
  expect(exported.flatMap(([, kernels]) => kernels).length).toBeGreaterThan(10);
  expect(forgotten).toEqual([]);
});
