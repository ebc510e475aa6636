// Launches of what trees split classes by.
import { RandomState } from '../../../core/data/random.ts';
import { BINS, classSplits, entropyTerms, LIGHT_UNITS } from '../../../kernels/classSplits/classSplits.ts';
import { randomSplits } from '../../../kernels/randomSplits/randomSplits.ts';
import { type Draws, natural, record, seeds } from '../draw.ts';

const splitting = record({
  seed: seeds,
  rows: natural(1, 200),
  cols: natural(1, 9),
  classes: natural(1, 4),
  nodes: natural(1, 6),
  heavy: natural(1, 400),
  least: natural(1, 3),
  ENTROPY: natural(0, 1),
});
export const classTreeDraws: Draws = {
  classSplits: splitting.map(({ seed, rows, cols, classes, nodes, heavy, least, ENTROPY }) => {
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
  randomSplits: splitting.map(({ seed, rows, cols, classes, nodes, heavy, least, ENTROPY }) => {
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
};
/** Members of nodes: row | class << 24, and weight. */
export function membersOf(random: RandomState, rows: number, classes: number, heavy: number): Uint32Array {
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
