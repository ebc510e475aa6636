// What the kernels that look for splits share on the host: which members a node has, and how a split is written.
import type { HostLaunch } from '../../core/compute.ts';
import { SPLIT_WORDS } from './classSplits.ts';

type Splits = HostLaunch<
  'nodes' | 'slots' | 'words' | 'least',
  'x' | 'members' | 'nodes' | 'features' | 'terms' | 'splits',
  'CLASSES' | 'ENTROPY' | 'WORKGROUP'
>;

/** The rows of a node: the bin of one feature, the class and the weight of each, and what its gain is summed from. */
export interface NodeRows {
  readonly bins: readonly number[];
  readonly classes: readonly number[];
  readonly weights: readonly number[];
  readonly term: (weight: number) => bigint;
  readonly entropy: boolean;
}

interface Found {
  readonly lower: number;
  readonly upper: number;
  /** Of a random split: where between the two bins. */
  readonly low?: number;
  readonly units: number;
  readonly left: bigint;
  readonly right: bigint;
}

/**
 * Writes a split for each slot of each node.
 *
 * @param featureOf the feature of a slot; `at` counts the slots of all nodes
 */
export function splitsOnHost(
  { params, buffers, sizes, grid }: Splits,
  featureOf: (at: number, slot: number) => number,
  find: (rows: NodeRows, feature: number, at: number) => Found | undefined,
): void {
  const x = new Uint8Array(buffers.x);
  const [members, nodes] = [new Uint32Array(buffers.members), new Uint32Array(buffers.nodes)];
  const terms = new BigUint64Array(buffers.terms);
  const splits = new Uint32Array(buffers.splits);
  const entropy = sizes.ENTROPY === 1;
  const term = (weight: number): bigint => (entropy ? terms[weight]! : BigInt(weight) ** 2n);
  const words = (value: bigint): [number, number] => [Number(value & 0xffffffffn), Number(value >> 32n)];
  for (let node = 0; node < params.nodes; node++) {
    const record = node * (2 + sizes.CLASSES);
    const own = Array.from({ length: nodes[record + 1]! - nodes[record]! }, (_, i) => (nodes[record]! + i) * 2);
    const classes = own.map((at) => members[at]! >>> 24);
    const weights = own.map((at) => members[at + 1]!);
    for (let slot = 0; slot < Math.min(params.slots, grid[1] * sizes.WORKGROUP); slot++) {
      const at = node * params.slots + slot;
      const feature = featureOf(at, slot);
      const bins = own.map((member) => x[feature * params.words * 4 + (members[member]! & 0xffffff)]!);
      const found = find({ bins, classes, weights, term, entropy }, feature, at);
      const varied = Number(new Set(bins).size > 1) << 16;
      const written = found
        ? [found.lower + (found.upper << 8) + varied + (found.low ?? 0) * 2 ** 24, found.units, ...words(found.left), ...words(found.right)]
        : [varied];
      splits.fill(0, at * SPLIT_WORDS, (at + 1) * SPLIT_WORDS).set(written, at * SPLIT_WORDS);
    }
  }
}
