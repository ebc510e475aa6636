// What random_splits.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { BINS, SPLIT_WORDS } from '../classSplits/classSplits.ts';
import { randomSplitReference } from './randomSplits.reference.ts';

type RandomSplits = HostLaunch<
  'nodes' | 'slots' | 'words' | 'least',
  'x' | 'members' | 'nodes' | 'features' | 'positions' | 'terms' | 'counts' | 'splits',
  'CLASSES' | 'ENTROPY' | 'WORKGROUP'
>;

export function randomSplitsOnHost({ params, buffers, sizes, grid }: RandomSplits): void {
  const x = new Uint8Array(buffers.x);
  const [members, nodes, features] = [new Uint32Array(buffers.members), new Uint32Array(buffers.nodes), new Uint32Array(buffers.features)];
  const positions = new Uint32Array(buffers.positions);
  const terms = new BigUint64Array(buffers.terms);
  const splits = new Uint32Array(buffers.splits);
  const entropy = sizes.ENTROPY === 1;
  const term = (weight: number): bigint => (entropy ? terms[weight]! : BigInt(weight) ** 2n);
  for (let node = 0; node < params.nodes; node++) {
    const record = node * (2 + sizes.CLASSES);
    const own = Array.from({ length: nodes[record + 1]! - nodes[record]! }, (_, i) => (nodes[record]! + i) * 2);
    const classes = own.map((at) => members[at]! >>> 24);
    const weights = own.map((at) => members[at + 1]!);
    for (let slot = 0; slot < Math.min(params.slots, grid[1] * sizes.WORKGROUP); slot++) {
      const at = node * params.slots + slot;
      const [feature, draw] = [features[at * 2]!, features[at * 2 + 1]!];
      const bins = own.map((member) => x[feature * params.words * 4 + (members[member]! & 0xffffff)]!);
      const places = positions.subarray(feature * BINS, (feature + 1) * BINS);
      const split = randomSplitReference({ bins, classes, weights, least: params.least, term, entropy, positions: places, draw });
      const varied = Number(new Set(bins).size > 1) << 16;
      const words = (value: bigint): [number, number] => [Number(value & 0xffffffffn), Number(value >> 32n)];
      const found = split
        ? [split.lower + (split.upper << 8) + varied + split.low * 2 ** 24, split.units, ...words(split.left), ...words(split.right)]
        : [varied];
      splits.fill(0, at * SPLIT_WORDS, (at + 1) * SPLIT_WORDS).set(found, at * SPLIT_WORDS);
    }
  }
}
