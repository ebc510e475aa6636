import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { testCompute } from '../support/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { BINS } from '../../src/kernels/classSplits/classSplits.ts';
import { randomValueSplits } from '../../src/kernels/randomValueSplits/randomValueSplits.ts';
import { randomValueSplitReference } from '../../src/kernels/randomValueSplits/randomValueSplits.reference.ts';
import { valueSplitWords } from '../../src/kernels/valueSplits/valueSplits.ts';

const compute = await testCompute();

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly outputs: number;
  readonly nodes: number;
  readonly slots: number;
  readonly workers: number;
  readonly bins?: number;
  readonly large: number;
  readonly least?: number;
}

function splitsCase(name: string, shape: Shape, seed: number): KernelCase<typeof randomValueSplits> {
  const { rows, cols, outputs, nodes, slots, workers, bins = BINS, large, least = 1 } = shape;
  const random = new RandomState(seed);
  const words = Math.ceil(rows / 4);
  const x = Uint8Array.from({ length: cols * words * 4 }, () => random.interval(bins - 1));
  const values = Array.from({ length: rows }, () => Array.from({ length: outputs }, () => BigInt(Math.floor((random.uint32() / 2 ** 32) * large))));
  const kinds = values.map((own) => values.findIndex((other) => other.join() === own.join()));
  const weights = Array.from({ length: rows }, () => BigInt(1 + random.interval(8)));
  const two = (value: bigint): [number, number] => [Number(value & 0xffffffffn), Number(value >> 32n)];
  const targets = Uint32Array.from(values.flatMap((own, row) => [kinds[row]!, Number(weights[row]!), ...own.flatMap((value) => two(value * weights[row]!))]));
  const members = Uint32Array.from({ length: rows * 2 }, (_, at) => (at % 2 === 0 ? at / 2 : 1 + random.interval(2)));
  const positions = new Uint32Array(cols * BINS);
  for (let j = 0; j < cols; j++) positions.set(Uint32Array.from({ length: BINS }, () => random.uint32()).sort(), j * BINS);
  const features = Uint32Array.from({ length: nodes * slots * 2 }, (_, at) => (at % 2 === 0 ? random.interval(cols - 1) : random.uint32()));
  const each = valueSplitWords(outputs);
  const packed = new Uint32Array(nodes * (1 + each));
  const expected = new Uint32Array(nodes * slots * each);
  for (let node = 0; node < nodes; node++) {
    const [begin, end] = [node, node + 1].map((at) => Math.floor((at * rows) / nodes)) as [number, number];
    packed.set([begin, end], node * (1 + each)); // sums of nodes are not looked at
    const own = Array.from({ length: end - begin }, (_, i) => begin + i);
    const times = (row: number): bigint => BigInt(members[row * 2 + 1]!);
    for (let slot = 0; slot < slots; slot++) {
      const [feature, draw] = features.subarray((node * slots + slot) * 2) as unknown as [number, number];
      const there = own.map((row) => x[feature * words * 4 + row]!);
      const found = randomValueSplitReference({
        bins: there,
        kinds: own.map((row) => kinds[row]!),
        weights: own.map((row) => weights[row]! * times(row)),
        values: own.map((row) => values[row]!.map((value) => value * weights[row]! * times(row))),
        least,
        positions: positions.subarray(feature * BINS, (feature + 1) * BINS),
        draw,
      });
      const flags = Number(new Set(there).size > 1) * 2 ** 16 + Number(new Set(own.map((row) => kinds[row]!)).size < 2) * 2 ** 17;
      const told = found ? [flags + found.lower + found.upper * 256 + found.low * 2 ** 24, Number(found.weight), ...found.sums.flatMap(two)] : [flags];
      expected.set(told, (node * slots + slot) * each);
    }
  }
  return {
    name,
    params: { nodes, slots, words, least },
    sizes: { OUTPUTS: outputs },
    grid: [workers, Math.ceil(slots / randomValueSplits.sizes.WORKGROUP)],
    buffers: { x, members, targets, nodes: packed, features, positions, splits: new Uint32Array(expected.length).fill(9) },
    outputs: { splits: { values: expected, type: 'u32', absolute: 0, relative: 0 } },
  };
}

checkKernel(
  randomValueSplits,
  [
    splitsCase('one row', { rows: 1, cols: 1, outputs: 1, nodes: 1, slots: 1, workers: 1, large: 5 }, 1),
    splitsCase(
      'nodes of every size, some alike, more slots than a workgroup',
      { rows: 400, cols: 9, outputs: 2, nodes: 97, slots: 40, workers: 5, large: 2 },
      2,
    ),
    splitsCase(
      'few bins, large values, members on each side',
      { rows: 301, cols: 7, outputs: 3, nodes: 6, slots: 7, workers: 2, bins: 3, large: 2 ** 38, least: 9 },
      3,
    ),
  ],
  () => compute,
);
