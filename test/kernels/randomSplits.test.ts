import { describe } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { testCompute } from '../support/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { BINS, entropyTerms, SPLIT_WORDS } from '../../src/kernels/classSplits/classSplits.ts';
import { randomSplits } from '../../src/kernels/randomSplits/randomSplits.ts';
import { randomSplitReference } from '../../src/kernels/randomSplits/randomSplits.reference.ts';

const compute = await testCompute();

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly classes: number;
  readonly nodes: number;
  readonly slots: number;
  readonly workers: number;
  readonly bins?: number;
  readonly heavy?: number;
  readonly least?: number;
  readonly entropy: boolean;
}

function splitsCase(name: string, shape: Shape, seed: number): KernelCase<typeof randomSplits> {
  const { rows, cols, classes, nodes, slots, workers, bins = BINS, heavy = 1, least = 1, entropy } = shape;
  const random = new RandomState(seed);
  const words = Math.ceil(rows / 4);
  const x = Uint8Array.from({ length: cols * words * 4 }, () => random.interval(bins - 1));
  const codes = Uint8Array.from({ length: rows }, () => random.interval(classes - 1));
  const weights = Uint32Array.from({ length: rows }, () => 1 + random.interval(heavy - 1));
  const members = new Uint32Array(rows * 2);
  for (let row = 0; row < rows; row++) members.set([row + codes[row]! * 2 ** 24, weights[row]!], row * 2);
  const positions = new Uint32Array(cols * BINS);
  for (let j = 0; j < cols; j++) positions.set(Uint32Array.from({ length: BINS }, () => random.uint32()).sort(), j * BINS);
  const features = Uint32Array.from({ length: nodes * slots * 2 }, (_, at) => (at % 2 === 0 ? random.interval(cols - 1) : random.uint32()));
  const table = entropy ? entropyTerms(weights.reduce((a, b) => a + b, 0)) : new Uint32Array(2);
  const terms = new BigUint64Array(table.buffer);
  const record = 2 + classes;
  const packed = new Uint32Array(nodes * record);
  const expected = new Uint32Array(nodes * slots * SPLIT_WORDS);
  for (let node = 0; node < nodes; node++) {
    const [begin, end] = [node, node + 1].map((at) => Math.floor((at * rows) / nodes)) as [number, number];
    packed.set([begin, end], node * record);
    for (let row = begin; row < end; row++) packed[node * record + 2 + codes[row]!]! += weights[row]!;
    for (let slot = 0; slot < slots; slot++) {
      const [feature, draw] = features.subarray((node * slots + slot) * 2) as unknown as [number, number];
      const own = x.subarray(feature * words * 4 + begin, feature * words * 4 + end);
      const split = randomSplitReference({
        bins: own,
        classes: codes.subarray(begin, end),
        weights: weights.subarray(begin, end),
        least,
        term: (weight) => (entropy ? terms[weight]! : BigInt(weight) ** 2n),
        entropy,
        positions: positions.subarray(feature * BINS, (feature + 1) * BINS),
        draw,
      });
      const varied = Number(new Set(own).size > 1) * 2 ** 16;
      const two = (value: bigint): readonly number[] => [Number(value & 0xffffffffn), Number(value >> 32n)];
      const told = split ? [split.lower + split.upper * 256 + varied + split.low * 2 ** 24, split.units, ...two(split.left), ...two(split.right)] : [varied];
      expected.set(told, (node * slots + slot) * SPLIT_WORDS);
    }
  }
  const across = Math.ceil(slots / randomSplits.sizes.WORKGROUP);
  const counts = new Uint32Array(workers * across * randomSplits.sizes.WORKGROUP * classes);
  return {
    name,
    params: { nodes, slots, words, least },
    sizes: { CLASSES: classes, ENTROPY: Number(entropy) },
    grid: [workers, across],
    buffers: { x, members, nodes: packed, features, positions, terms: table, counts, splits: new Uint32Array(expected.length).fill(9) },
    outputs: {
      splits: { values: expected, type: 'u32', absolute: 0, relative: 0 },
      counts: { values: counts, type: 'u32', absolute: 0, relative: 0 },
    },
  };
}

describe.each([false, true])('entropy %s', (entropy) => {
  checkKernel(
    randomSplits,
    [
      splitsCase('one row', { rows: 1, cols: 1, classes: 2, nodes: 1, slots: 1, workers: 1, entropy }, 1),
      splitsCase('nodes of every size, more slots than a workgroup', { rows: 400, cols: 9, classes: 10, nodes: 37, slots: 40, workers: 5, entropy }, 2),
      splitsCase(
        'few values, weights, members on each side',
        { rows: 301, cols: 7, classes: 3, nodes: 6, slots: 7, workers: 2, bins: 3, heavy: 30, least: 9, entropy },
        3,
      ),
    ],
    () => compute,
  );
});
