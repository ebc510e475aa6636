import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { testCompute } from '../support/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { BINS } from '../../src/kernels/classSplits/classSplits.ts';
import { valueSplits, valueSplitWords } from '../../src/kernels/valueSplits/valueSplits.ts';
import { valueSplitReference } from '../../src/kernels/valueSplits/valueSplits.reference.ts';

const compute = await testCompute();

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly outputs: number;
  readonly nodes?: number;
  /** Values of a feature. */
  readonly bins?: number;
  /** Weights up to it. */
  readonly heavy?: number;
  /** Values of a target, up to it. */
  readonly large: number;
  readonly least?: number;
  readonly drawn?: number;
  readonly workers?: number;
  /** Two of three rows weigh next to nothing. */
  readonly light?: boolean;
}

function splitsCase(name: string, shape: Shape, seed: number): KernelCase<typeof valueSplits> {
  const { rows, cols, outputs, nodes = 1, bins = BINS, heavy = 1, large, least = 1, drawn, workers = nodes, light = false } = shape;
  const random = new RandomState(seed);
  const words = Math.ceil(rows / 4);
  const x = Uint8Array.from({ length: cols * words * 4 }, () =>
    random.interval(2) === 0 ? 0 : Math.floor((random.interval(bins - 1) * 255) / Math.max(1, bins - 1)),
  );
  const values = Array.from({ length: rows }, () => Array.from({ length: outputs }, () => BigInt(Math.floor((random.uint32() / 2 ** 32) * large))));
  const kinds = Uint32Array.from(values, (own) => values.findIndex((other) => other.join() === own.join()));
  const weights = Array.from({ length: rows }, (_, row) => BigInt(light && row % 3 > 0 ? 1 : 1 + random.interval(heavy - 1)));
  const times = Array.from({ length: rows }, () => BigInt(1 + random.interval(2)));
  const two = (value: bigint): [number, number] => [Number(value & 0xffffffffn), Number(value >> 32n)];
  const each = valueSplitWords(outputs);
  const targets = Uint32Array.from(values.flatMap((own, row) => [kinds[row]!, Number(weights[row]!), ...own.flatMap((value) => two(value * weights[row]!))]));
  const order = random.permutation(rows);
  const members = Uint32Array.from([...order].flatMap((row) => [row, Number(times[row]!)]));
  const slots = drawn ?? cols;
  const record = 3 + 2 * outputs;
  const packed = new Uint32Array(nodes * record);
  const features = Uint32Array.from({ length: nodes * slots }, () => random.interval(cols - 1));
  const expected = new Uint32Array(nodes * slots * each);
  for (let node = 0; node < nodes; node++) {
    const [begin, end] = [node, node + 1].map((at) => Math.floor((at * rows) / nodes)) as [number, number];
    const own = [...order.subarray(begin, end)];
    const weight = own.reduce((sum, row) => sum + times[row]! * weights[row]!, 0n);
    const sums = Array.from({ length: outputs }, (_, o) => own.reduce((sum, row) => sum + times[row]! * weights[row]! * values[row]![o]!, 0n));
    packed.set([begin, end, Number(weight), ...sums.flatMap(two)], node * record);
    for (let slot = 0; slot < slots; slot++) {
      const feature = drawn === undefined ? slot : features[node * slots + slot]!;
      const ownBins = own.map((row) => x[feature * words * 4 + row]!);
      const ownKinds = own.map((row) => kinds[row]!);
      const best = valueSplitReference({
        bins: ownBins,
        kinds: ownKinds,
        weights: own.map((row) => times[row]! * weights[row]!),
        values: own.map((row) => values[row]!.map((value) => value * weights[row]! * times[row]!)),
        least,
      });
      const flags = (Number(new Set(ownBins).size > 1) << 16) | (Number(new Set(ownKinds).size < 2) << 17);
      const told = best ? [flags | best.lower | (best.upper << 8), Number(best.weight), ...best.sums.flatMap(two)] : [flags];
      expected.set(told, (node * slots + slot) * each);
    }
  }
  const across = Math.ceil(slots / valueSplits.sizes.WORKGROUP);
  const counts = new Uint32Array(workers * across * valueSplits.sizes.WORKGROUP * BINS * each);
  return {
    name,
    params: { nodes, slots, words, drawn: Number(drawn !== undefined), least },
    sizes: { OUTPUTS: outputs },
    grid: [workers, across],
    buffers: { x, members, targets, nodes: packed, features, counts, splits: new Uint32Array(expected.length).fill(9) },
    outputs: {
      splits: { values: expected, type: 'u32', absolute: 0, relative: 0 },
      counts: { values: counts, type: 'u32', absolute: 0, relative: 0 },
    },
  };
}

checkKernel(
  valueSplits,
  [
    splitsCase('one row', { rows: 1, cols: 1, outputs: 1, large: 9 }, 1),
    splitsCase('one output, all features', { rows: 500, cols: 40, outputs: 1, large: 2 ** 40 }, 2),
    splitsCase('three outputs, nodes of every size, some alike', { rows: 400, cols: 9, outputs: 3, nodes: 97, workers: 5, large: 2 }, 3),
    splitsCase('features drawn, few values: equal splits', { rows: 300, cols: 50, outputs: 2, nodes: 20, bins: 3, drawn: 7, workers: 3, large: 3 }, 4),
    splitsCase('weights, members on each side', { rows: 300, cols: 6, outputs: 1, nodes: 4, bins: 12, heavy: 9, least: 5, large: 2 ** 32 }, 5),
    splitsCase('weights of 20 bits, values of 30', { rows: 300, cols: 12, outputs: 1, nodes: 3, heavy: 2 ** 20, large: 2 ** 20 }, 6),
    splitsCase('sums of 52 bits', { rows: 1000, cols: 3, outputs: 2, large: 2 ** 41 }, 7),
    splitsCase('splits that f32 cannot tell apart', { rows: 250, cols: 40, outputs: 1, heavy: 2 ** 22, light: true, large: 2 ** 18 }, 8),
  ],
  () => compute,
);
