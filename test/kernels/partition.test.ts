import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { testCompute } from '../support/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { partition } from '../../src/kernels/partition/partition.ts';
import { partitionReference } from '../../src/kernels/partition/partition.reference.ts';

const compute = await testCompute();

function partitionCase(
  name: string,
  { rows, cols, classes, nodes }: { rows: number; cols: number; classes: number; nodes: number },
  seed: number,
): KernelCase<typeof partition> {
  const random = new RandomState(seed);
  const words = Math.ceil(rows / 4);
  const x = Uint8Array.from({ length: cols * words * 4 }, () => random.interval(255));
  // The first rows are of no node.
  const [first, count] = [2, rows - 2];
  const members = new Uint32Array(rows * 2);
  const codes = Uint8Array.from({ length: rows }, () => random.interval(classes - 1));
  for (let row = 0; row < rows; row++) members.set([row + codes[row]! * 2 ** 24, 1 + random.interval(4)], row * 2);
  const splits = new Uint32Array(nodes * 4);
  const moved = members.slice();
  const left = new Uint32Array(nodes * (1 + classes));
  for (let node = 0; node < nodes; node++) {
    const [begin, end] = [node, node + 1].map((at) => first + Math.floor((at * count) / nodes)) as [number, number];
    const [feature, last] = [random.interval(cols - 1), random.interval(255)];
    splits.set([begin, end, feature, last], node * 4);
    const own = Array.from({ length: end - begin }, (_, i) => begin + i);
    const done = partitionReference(own, (row) => x[feature * words * 4 + row]! <= last);
    done.members.forEach((row, i) => moved.set(members.subarray(row * 2, row * 2 + 2), (begin + i) * 2));
    left[node * (1 + classes)] = done.left;
    for (const row of done.members.slice(0, done.left)) left[node * (1 + classes) + 1 + codes[row]!]! += members[row * 2 + 1]!;
  }
  return {
    name,
    params: { nodes, words },
    sizes: { CLASSES: classes },
    grid: [Math.ceil(nodes / partition.sizes.WORKGROUP)],
    buffers: { x, splits, members, held: new Uint32Array(members.length), left: new Uint32Array(left.length).fill(5) },
    outputs: {
      members: { values: moved, type: 'u32', absolute: 0, relative: 0 },
      left: { values: left, type: 'u32', absolute: 0, relative: 0 },
    },
  };
}

checkKernel(
  partition,
  [
    partitionCase('one row', { rows: 3, cols: 1, classes: 2, nodes: 1 }, 1),
    partitionCase('one node', { rows: 500, cols: 5, classes: 3, nodes: 1 }, 2),
    partitionCase('more nodes than a workgroup, some without members', { rows: 90, cols: 33, classes: 10, nodes: 131 }, 3),
  ],
  () => compute,
);
