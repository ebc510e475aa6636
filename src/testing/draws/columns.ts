// Launches of what reads tables by columns: sparse rows, codes of categories, squares of rows, products of columns.
import { RandomState } from '../../core/data/random.ts';
import { gram, gramGrid, PAIR_FLOATS, PAIR_SUMS, pairsOf } from '../../kernels/gram/gram.ts';
import { oneHotRows } from '../../kernels/oneHotRows/oneHotRows.ts';
import { rowSquares } from '../../kernels/rowSquares/rowSquares.ts';
import { columnEntries, columnRuns, rowRuns } from '../../kernels/sparseProduct/runs.ts';
import { launchesOf, writeLaunches } from '../../kernels/sparseProduct/slices.ts';
import { sparseProduct } from '../../kernels/sparseProduct/sparseProduct.ts';
import { csr, type CsrMatrix } from '../../core/data/csr.ts';
import { chunks, columnsIn, type Device, type Draws, largest, natural, oneOf, preciseTiles, record, seeds, tuple, uniform, workgroupOf } from './draw.ts';

export const columnDraws = (device: Device): Draws => ({
  ...Object.assign({}, ...formsOfGram(device).map((form) => gramOf(workgroupOf(device), form))),
  sparseProduct: record({
    seed: seeds,
    rows: natural(1, 300),
    cols: natural(1, 90),
    MODELS: oneOf(1, 2, 4),
    groups: natural(1, 3),
    TRANSPOSED: natural(0, 1),
  }).map(({ seed, rows, cols, MODELS, groups, TRANSPOSED }) => {
    const random = new RandomState(seed);
    const values = uniform(random);
    const x = sparseOf(
      rows,
      cols,
      values(rows * cols).map((value, at) => (at % cols === 0 ? 1 : Math.abs(value) < 0.9 ? 0 : value)),
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
      // Terms are below 1 and summed one by one.
      allowed: { sums: Math.max(1e-5, Math.max(rows, cols) * 2e-7) },
    };
  }),
  oneHotRows: record({ seed: seeds, quads: natural(1, 200), groups: natural(1, 5), sets: natural(1, 3) }).map(({ seed, quads, groups, sets }) => {
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
  rowSquares: chunks.map(({ seed, words, tilesHere, tileQuads, offset }) => {
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
});

const formsOfGram = ({ subgroupLanes }: Device): readonly (keyof typeof gram)[] => [
  'u8',
  'f32',
  'exact',
  ...(subgroupLanes > 0 ? (['exactSubgroups'] as const) : []),
];

const gramOf = (workgroup: number, form: keyof typeof gram): Draws => ({
  [`gram, ${form}`]: tuple(chunks, natural(1, 90)).map(([chunk, block]) => {
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

/** The entries that are not 0. */
function sparseOf(rows: number, cols: number, data: Float32Array): CsrMatrix {
  const kept = [...data.keys()].filter((at) => data[at] !== 0);
  const indptr = new Uint32Array(rows + 1);
  for (const at of kept) indptr.subarray(Math.floor(at / cols) + 1).forEach((_, i, ends) => ends[i]!++);
  return csr(rows, cols, { indptr, indices: Uint32Array.from(kept, (at) => at % cols), data: Float32Array.from(kept, (at) => data[at]!) });
}
