// What partition.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { partitionReference } from './partition.reference.ts';

type Partition = HostLaunch<'nodes' | 'words', 'x' | 'splits' | 'members' | 'held' | 'left', 'CLASSES' | 'WORKGROUP'>;

export function partitionOnHost({ params, buffers, sizes, grid }: Partition): void {
  const x = new Uint8Array(buffers.x);
  const [splits, left] = [new Uint32Array(buffers.splits), new Uint32Array(buffers.left)];
  const [members, held] = [new Uint32Array(buffers.members), new Uint32Array(buffers.held)];
  for (let node = 0; node < Math.min(params.nodes, grid[0] * sizes.WORKGROUP); node++) {
    const [begin, end, feature, last] = splits.subarray(node * 4) as unknown as [number, number, number, number];
    const own = Array.from({ length: end - begin }, (_, i) => [members[(begin + i) * 2]!, members[(begin + i) * 2 + 1]!] as const);
    const done = partitionReference(own, ([packed]) => x[feature * params.words * 4 + (packed & 0xffffff)]! <= last);
    done.members.forEach((member, i) => members.set(member, (begin + i) * 2));
    done.members.slice(done.left).forEach((member, i) => held.set(member, (begin + i) * 2));
    const sums = left.subarray(node * (1 + sizes.CLASSES), (node + 1) * (1 + sizes.CLASSES)).fill(0);
    sums[0] = done.left;
    for (const [packed, weight] of done.members.slice(0, done.left)) sums[1 + (packed >>> 24)]! += weight;
  }
}
