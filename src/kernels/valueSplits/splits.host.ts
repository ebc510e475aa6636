// What the kernels that look for splits of values share on the host: what the members of a node are, and how a split is written.
import type { HostLaunch } from '../../core/compute.ts';
import type { ValueSplit, ValueSplitInput } from './valueSplits.reference.ts';
import { targetWords, valueSplitWords } from './valueSplits.ts';

type Splits = HostLaunch<'nodes' | 'slots' | 'words' | 'least', 'x' | 'members' | 'targets' | 'nodes' | 'features' | 'splits', 'OUTPUTS' | 'WORKGROUP'>;

/** A split; of a random one also where between two bins. */
type Found = ValueSplit & { readonly low?: number };

/**
 * Writes a split for each slot of each node.
 *
 * @param featureOf the feature of a slot; `at` counts the slots of all nodes
 */
export function splitsOfValues(
  { params, buffers, sizes, grid }: Splits,
  featureOf: (at: number, slot: number) => number,
  find: (members: ValueSplitInput, feature: number, at: number) => Found | undefined,
): void {
  const { OUTPUTS, WORKGROUP } = sizes;
  const x = new Uint8Array(buffers.x);
  const [members, targets] = [new Uint32Array(buffers.members), new Uint32Array(buffers.targets)];
  const [nodes, splits] = [new Uint32Array(buffers.nodes), new Uint32Array(buffers.splits)];
  const [target, words] = [targetWords(OUTPUTS), valueSplitWords(OUTPUTS)];
  for (let node = 0; node < params.nodes; node++) {
    const record = node * (3 + 2 * OUTPUTS);
    const own = Array.from({ length: nodes[record + 1]! - nodes[record]! }, (_, i) => {
      const member = (nodes[record]! + i) * 2;
      return { row: members[member]!, times: BigInt(members[member + 1]!) };
    });
    const kinds = own.map(({ row }) => targets[row * target]!);
    const weights = own.map(({ row, times }) => times * BigInt(targets[row * target + 1]!));
    const values = own.map(({ row, times }) =>
      Array.from({ length: OUTPUTS }, (_, o) => {
        const at = row * target + 2 + 2 * o;
        return times * (BigInt(targets[at]!) + (BigInt(targets[at + 1]!) << 32n));
      }),
    );
    const alike = Number(new Set(kinds).size < 2);
    for (let slot = 0; slot < Math.min(params.slots, grid[1] * WORKGROUP); slot++) {
      const at = node * params.slots + slot;
      const feature = featureOf(at, slot);
      const bins = own.map(({ row }) => x[feature * params.words * 4 + row]!);
      const found = find({ bins, kinds, weights, values, least: params.least }, feature, at);
      const flags = Number(new Set(bins).size > 1) * 2 ** 16 + alike * 2 ** 17;
      splits.fill(0, at * words, (at + 1) * words);
      splits[at * words] = flags + (found ? found.lower + found.upper * 2 ** 8 + (found.low ?? 0) * 2 ** 24 : 0);
      if (!found) continue;
      splits[at * words + 1] = Number(found.weight);
      for (const [o, sum] of found.sums.entries()) {
        splits[at * words + 2 + 2 * o] = Number(sum & 0xffffffffn);
        splits[at * words + 3 + 2 * o] = Number(sum >> 32n);
      }
    }
  }
}
