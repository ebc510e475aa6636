// Launches of what trees split values by, and of what is done with the members of their nodes.
import { RandomState } from '../../../core/data/random.ts';
import { BINS } from '../../../kernels/classSplits/classSplits.ts';
import { gradientHistograms } from '../../../kernels/gradientHistograms/gradientHistograms.ts';
import { histogramSums } from '../../../kernels/histogramSums/histogramSums.ts';
import { LEAF, leaves } from '../../../kernels/leaves/leaves.ts';
import { partition } from '../../../kernels/partition/partition.ts';
import { randomValueSplits } from '../../../kernels/randomValueSplits/randomValueSplits.ts';
import { valueSplits, valueSplitWords } from '../../../kernels/valueSplits/valueSplits.ts';
import { type Draws, natural, record, seeds } from '../draw.ts';
import { membersOf } from './classTrees.ts';

export const valueTreeDraws: Draws = {
  valueSplits: record({ seed: seeds, rows: natural(1, 200), cols: natural(1, 9), outputs: natural(1, 3), nodes: natural(1, 6), least: natural(1, 3) }).map(
    ({ seed, rows, cols, outputs, nodes, least }) => {
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
    },
  ),
  randomValueSplits: record({
    seed: seeds,
    rows: natural(1, 200),
    cols: natural(1, 9),
    outputs: natural(1, 3),
    nodes: natural(1, 6),
    least: natural(1, 3),
  }).map(({ seed, rows, cols, outputs, nodes, least }) => {
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
  partition: record({ seed: seeds, rows: natural(1, 200), cols: natural(1, 9), classes: natural(1, 4), nodes: natural(1, 70) }).map(
    ({ seed, rows, cols, classes, nodes }) => {
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
    },
  ),
  leaves: record({ seed: seeds, rows: natural(1, 200), cols: natural(1, 9), count: natural(1, 5), PER_WORD: natural(1, 2) }).map(
    ({ seed, rows, cols, count, PER_WORD }) => {
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
    },
  ),
  gradientHistograms: record({
    seed: seeds,
    rows: natural(1, 90),
    cols: natural(1, 70),
    stretches: natural(1, 9),
    treeCount: natural(1, 3),
    PARTS: natural(1, 2),
  }).map(({ seed, rows, cols, stretches, treeCount, PARTS }) => {
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
  histogramSums: record({ seed: seeds, bins: natural(1, 200), nodes: natural(1, 9), PARTS: natural(1, 2) }).map(({ seed, bins, nodes, PARTS }) => {
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
