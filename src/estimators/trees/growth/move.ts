// Moves the members of nodes to the sides of their splits, on the device.
import type { Compute, DeviceBuffer } from '../../../core/compute.ts';
import { partition } from '../../../kernels/partition/partition.ts';
import type { Binned } from '../bins.ts';
import type { Members, Split } from './grow.ts';

interface Moved {
  readonly members: Members;
  readonly split: Pick<Split, 'feature' | 'lower'>;
}

export interface Mover {
  /** @returns members on the left of each, and their weight by class, `[node][1 + classes]` */
  readonly move: (nodes: readonly Moved[]) => Promise<Uint32Array>;
  readonly release: () => void;
}

/**
 * @param members row | class << 24 and weight, `[member][2]`
 * @param most nodes of a launch
 */
export function mover(
  compute: Compute,
  { buffer: x, words }: Binned,
  members: DeviceBuffer,
  { classes, most }: { readonly classes: number; readonly most: number },
): Mover {
  const atOnce = Math.max(1, most);
  const buffers = {
    held: compute.create('right sides', members.sizeBytes),
    splits: compute.create('nodes to split', atOnce * 16),
    left: compute.create('left sides', atOnce * (1 + classes) * 4),
  };
  return {
    async move(nodes) {
      const sides = new Uint32Array(nodes.length * (1 + classes));
      for (let from = 0; from < nodes.length; from += atOnce) {
        const some = nodes.slice(from, from + atOnce);
        const records = new Uint32Array(some.length * 4);
        for (const [i, { members, split }] of some.entries()) {
          records[i * 4] = members.begin;
          records[i * 4 + 1] = members.end;
          records[i * 4 + 2] = split.feature;
          records[i * 4 + 3] = split.lower;
        }
        compute.write(buffers.splits, records);
        await compute.launch(partition, {
          params: { nodes: some.length, words },
          bindings: { x, members, ...buffers },
          sizes: { CLASSES: classes },
          grid: [Math.ceil(some.length / partition.sizes.WORKGROUP)],
        });
        await compute.lend(buffers.left, { sizeBytes: some.length * (1 + classes) * 4 }, (bytes) =>
          sides.set(new Uint32Array(bytes, 0, some.length * (1 + classes)), from * (1 + classes)),
        );
      }
      return sides;
    },
    release: () => compute.release(...Object.values(buffers)),
  };
}
