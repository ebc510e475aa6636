import { describe, expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { testCompute } from '../support/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { BINS, classSplits, entropyTerms, LIGHT_UNITS, SPLIT_WORDS } from '../../src/kernels/classSplits/classSplits.ts';
import { classSplitReference, type ClassSplit } from '../../src/kernels/classSplits/classSplits.reference.ts';

const compute = await testCompute();

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly classes: number;
  readonly nodes?: number;
  /** Values of a feature. */
  readonly bins?: number;
  /** Weights up to it. */
  readonly heavy?: number;
  readonly least?: number;
  readonly entropy?: boolean;
  readonly drawn?: number;
  readonly workers?: number;
  readonly light?: boolean;
}

function splitsCase(name: string, shape: Shape, seed: number): KernelCase<typeof classSplits> {
  const { rows, cols, classes, nodes = 1, bins = BINS, heavy = 1, least = 1, entropy = false, drawn, workers = nodes, light = false } = shape;
  const random = new RandomState(seed);
  const words = Math.ceil(rows / 4);
  const x = Uint8Array.from({ length: cols * words * 4 }, () =>
    random.interval(2) === 0 ? 0 : Math.floor((random.interval(bins - 1) * 255) / Math.max(1, bins - 1)),
  );
  const members = new Uint32Array(rows * 2);
  const slots = drawn ?? cols;
  const record = 2 + classes;
  const packed = new Uint32Array(nodes * record);
  const features = Uint32Array.from({ length: nodes * slots }, () => random.interval(cols - 1));
  const codes = Uint8Array.from({ length: rows }, () => random.interval(classes - 1));
  const weights = Uint32Array.from({ length: rows }, () => 1 + random.interval(heavy - 1));
  const expected = new Uint32Array(nodes * slots * SPLIT_WORDS);
  const table = entropy ? entropyTerms(weights.reduce((a, b) => a + b, 0)) : new Uint32Array(2);
  const terms = new BigUint64Array(table.buffer);
  for (let row = 0; row < rows; row++) members.set([row + codes[row]! * 2 ** 24, weights[row]!], row * 2);
  for (let node = 0; node < nodes; node++) {
    const [begin, end] = [node, node + 1].map((at) => Math.floor((at * rows) / nodes)) as [number, number];
    packed.set([begin, end], node * record);
    for (let row = begin; row < end; row++) packed[node * record + 2 + codes[row]!]! += weights[row]!;
    for (let slot = 0; slot < slots; slot++) {
      const feature = drawn === undefined ? slot : features[node * slots + slot]!;
      const own = Array.from({ length: end - begin }, (_, i) => x[feature * words * 4 + begin + i]!);
      const best = classSplitReference({
        bins: own,
        classes: codes.subarray(begin, end),
        weights: weights.subarray(begin, end),
        least,
        term: (weight) => (entropy ? terms[weight]! : BigInt(weight) ** 2n),
        entropy,
      });
      expected.set(wordsOf(best, new Set(own).size > 1), (node * slots + slot) * SPLIT_WORDS);
    }
  }
  const across = Math.ceil(slots / classSplits.sizes.WORKGROUP);
  const ROWS = Number(least > 1);
  const counts = new Uint32Array(workers * across * classSplits.sizes.WORKGROUP * BINS * (classes + ROWS));
  return {
    name,
    params: { nodes, slots, words, drawn: Number(drawn !== undefined), least },
    sizes: { CLASSES: classes, ENTROPY: Number(entropy), ROWS, LIGHT: Number(light) },
    grid: [workers, across],
    buffers: { x, members, nodes: packed, features, terms: table, counts, splits: new Uint32Array(expected.length).fill(9) },
    outputs: {
      splits: { values: expected, type: 'u32', absolute: 0, relative: 0 },
      counts: { values: counts, type: 'u32', absolute: 0, relative: 0 },
    },
  };
}

function wordsOf(best: ClassSplit | undefined, varied: boolean): readonly number[] {
  const flag = Number(varied) << 16;
  if (!best) return [flag];
  const two = (value: bigint): readonly number[] => [Number(value & 0xffffffffn), Number(value >> 32n)];
  return [best.lower | (best.upper << 8) | flag, best.units, ...two(best.left), ...two(best.right)];
}

describe.each([false, true])('entropy %s', (entropy) => {
  const cases = (light: boolean) => {
    const name = (text: string): string => (light ? `light: ${text}` : text);
    return [
      splitsCase(name('one row'), { rows: 1, cols: 1, classes: 2, entropy, light }, 1),
      splitsCase(name('two classes, all features'), { rows: 500, cols: 40, classes: 2, entropy, light }, 2),
      splitsCase(name('ten classes, nodes of every size'), { rows: 400, cols: 9, classes: 10, nodes: 37, workers: 5, entropy, light }, 3),
      splitsCase(
        name('features drawn, few values: equal splits'),
        { rows: 300, cols: 50, classes: 3, nodes: 20, bins: 3, drawn: 7, workers: 3, entropy, light },
        4,
      ),
      splitsCase(name('weights, members on each side'), { rows: 300, cols: 6, classes: 3, nodes: 4, bins: 12, heavy: 9, least: 5, entropy, light }, 5),
    ];
  };
  checkKernel(classSplits, [...cases(false), ...cases(true)], () => compute);
});

test('the heaviest of light nodes fills the half of a word that each class has', async () => {
  const one = splitsCase('full', { rows: 2, cols: 3, classes: 2, light: true }, 8);
  const [x, members, nodes] = [
    new Uint8Array(12),
    Uint32Array.of(0, 2 ** 15, 1 + 2 ** 24, LIGHT_UNITS - 1 - 2 ** 15),
    Uint32Array.of(0, 2, 2 ** 15, 2 ** 15 - 1),
  ];
  for (let feature = 0; feature < 3; feature++) x.set([feature, 255 - feature], feature * 4);
  const compared = [0, 1].map(async (LIGHT) => {
    const buffers = {
      x: compute.upload('x', 12, (target) => new Uint8Array(target).set(x)),
      members: compute.upload('members', 16, (target) => new Uint32Array(target).set(members)),
      nodes: compute.upload('nodes', 16, (target) => new Uint32Array(target).set(nodes)),
      features: compute.create('features', 4),
      terms: compute.create('terms', 8),
      counts: compute.create('counts', 32 * BINS * 2 * 4),
      splits: compute.create('splits', 3 * SPLIT_WORDS * 4),
    };
    await compute.launch(classSplits, { params: { ...one.params, words: 1 }, bindings: buffers, sizes: { ...one.sizes, LIGHT }, grid: [1] });
    const found = new Uint32Array(await compute.read(buffers.splits));
    compute.release(...Object.values(buffers));
    return [...found];
  });
  const [wide, light] = await Promise.all(compared);
  expect(light).toEqual(wide);
  expect(light!.slice(0, 6)).toEqual([(255 << 8) | (1 << 16), 2 ** 15 - 1, 2 ** 30, 0, (2 ** 15 - 1) ** 2, 0]);
});

checkKernel(
  classSplits,
  [
    splitsCase('weights of 22 bits', { rows: 900, cols: 12, classes: 4, nodes: 3, heavy: 2 ** 21 }, 6),
    splitsCase('weights of 22 bits, few values: equal splits', { rows: 200, cols: 30, classes: 2, nodes: 9, bins: 4, heavy: 2 ** 21 }, 7),
  ],
  () => compute,
);

test('of splits that f32 cannot tell apart the better one is found', async () => {
  // One row in 60 000 is of another class, beyond a few of its own: shares that differ from the 9th digit on.
  const rows = 60_000;
  const x = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) x[row] = row < 20_000 ? 1 : row < 40_001 ? 2 : row < 59_999 ? 3 : 4;
  const codes = new Uint8Array(rows);
  codes[rows - 1] = 1;
  codes[30_000] = 1;
  const members = new Uint32Array(rows * 2);
  for (let row = 0; row < rows; row++) members.set([row + codes[row]! * 2 ** 24, 1], row * 2);
  const best = classSplitReference({
    bins: Array.from({ length: rows }, (_, row) => x[row]!),
    classes: codes,
    weights: new Uint32Array(rows).fill(1),
    least: 1,
    term: (weight) => BigInt(weight) ** 2n,
    entropy: false,
  });
  const buffers = {
    x: compute.upload('x', x.byteLength, (target) => new Uint8Array(target).set(x)),
    members: compute.upload('members', members.byteLength, (target) => new Uint32Array(target).set(members)),
    nodes: compute.upload('nodes', 16, (target) => new Uint32Array(target).set([0, rows, rows - 2, 2])),
    features: compute.create('features', 4),
    terms: compute.create('terms', 8),
    counts: compute.create('counts', 32 * BINS * 2 * 4),
    splits: compute.create('splits', SPLIT_WORDS * 4),
  };
  await compute.launch(classSplits, { params: { nodes: 1, slots: 1, words: rows / 4, drawn: 0, least: 1 }, bindings: buffers, grid: [1] });
  const found = new Uint32Array(await compute.read(buffers.splits));
  compute.release(...Object.values(buffers));
  expect([...found]).toEqual(wordsOf(best, true));
});
