import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { testCompute } from '../support/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { LEAF, leaves } from '../../src/kernels/leaves/leaves.ts';
import { leafReference } from '../../src/kernels/leaves/leaves.reference.ts';

const compute = await testCompute();

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly trees: number;
  /** Splits of a tree. */
  readonly splits: number;
  readonly perWord: 1 | 2;
}

function leavesCase(name: string, { rows, cols, trees, splits, perWord }: Shape, seed: number): KernelCase<typeof leaves> {
  const random = new RandomState(seed);
  const words = Math.ceil(cols / perWord);
  const largest = perWord === 2 ? 0xffff : 0xffffffff;
  const codes = Uint32Array.from({ length: rows * words * perWord }, () => random.interval(largest));
  const x = perWord === 2 ? Uint16Array.from(codes) : codes;
  const nodes: number[] = [];
  const roots: number[] = [];
  for (let tree = 0; tree < trees; tree++) {
    const root = nodes.length / 3;
    roots.push(root);
    nodes.push(LEAF, 0, 7 * tree);
    for (let i = 0; i < splits; i++) {
      // A leaf of this tree becomes a split of two.
      const open = Array.from({ length: nodes.length / 3 - root }, (_, at) => root + at).filter((at) => nodes[at * 3] === LEAF);
      const at = open[random.interval(open.length - 1)]!;
      [nodes[at * 3], nodes[at * 3 + 1], nodes[at * 3 + 2]] = [random.interval(cols - 1), random.interval(largest), nodes.length / 3];
      nodes.push(LEAF, 0, 100 + 2 * i, LEAF, 0, 101 + 2 * i);
    }
  }
  const expected = Uint32Array.from({ length: rows * trees }, (_, at) =>
    leafReference((feature) => x[Math.floor(at / trees) * words * perWord + feature]!, nodes, roots[at % trees]!),
  );
  const padded = new Uint8Array(Math.ceil(x.byteLength / 4) * 4);
  padded.set(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  return {
    name,
    params: { rows, words },
    sizes: { PER_WORD: perWord },
    grid: [Math.ceil(rows / leaves.sizes.WORKGROUP), trees],
    buffers: { x: padded, nodes: Uint32Array.from(nodes), roots: Uint32Array.from(roots), leaves: new Uint32Array(expected.length) },
    outputs: { leaves: { values: expected, type: 'u32', absolute: 0, relative: 0 } },
  };
}

checkKernel(
  leaves,
  [
    leavesCase('one row, no split', { rows: 1, cols: 1, trees: 1, splits: 0, perWord: 2 }, 1),
    leavesCase('many trees', { rows: 130, cols: 7, trees: 5, splits: 20, perWord: 2 }, 2),
    leavesCase('codes of 32 bits', { rows: 65, cols: 3, trees: 3, splits: 9, perWord: 1 }, 3),
  ],
  () => compute,
);
