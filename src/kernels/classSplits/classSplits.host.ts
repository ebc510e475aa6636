// What class_splits.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { SPLIT_WORDS } from './classSplits.ts';
import { classSplitReference } from './classSplits.reference.ts';

type ClassSplits = HostLaunch<
  'nodes' | 'slots' | 'words' | 'drawn' | 'least',
  'x' | 'members' | 'nodes' | 'features' | 'terms' | 'counts' | 'splits',
  'CLASSES' | 'ENTROPY' | 'ROWS' | 'WORKGROUP'
>;

export function classSplitsOnHost({ params, buffers, sizes, grid }: ClassSplits): void {
  const x = new Uint8Array(buffers.x);
  const [members, nodes, features] = [new Uint32Array(buffers.members), new Uint32Array(buffers.nodes), new Uint32Array(buffers.features)];
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
      const feature = params.drawn === 1 ? features[at]! : slot;
      const bins = own.map((member) => x[feature * params.words * 4 + (members[member]! & 0xffffff)]!);
      const best = classSplitReference({ bins, classes, weights, least: sizes.ROWS === 1 ? params.least : 0, term, entropy });
      const varied = Number(new Set(bins).size > 1);
      const words = (value: bigint): [number, number] => [Number(value & 0xffffffffn), Number(value >> 32n)];
      const found = best ? [best.lower | (best.upper << 8) | (varied << 16), best.units, ...words(best.left), ...words(best.right)] : [varied << 16];
      splits.fill(0, at * SPLIT_WORDS, (at + 1) * SPLIT_WORDS).set(found, at * SPLIT_WORDS);
    }
  }
}
