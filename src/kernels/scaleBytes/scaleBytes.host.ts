// What scale_bytes.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';

type ScaleBytes = HostLaunch<'rows' | 'quads', 'bytes' | 'scaling' | 'x', 'EACH' | 'WORKGROUP'>;

export function scaleBytesOnHost({ params: { rows, quads }, buffers, sizes, grid }: ScaleBytes): void {
  const [bytes, scaling, x] = [new Uint8Array(buffers.bytes), new Float32Array(buffers.scaling), new Float32Array(buffers.x)];
  const cols = quads * 4;
  for (let row = 0; row < Math.min(rows, (grid[1] ?? 1) * sizes.EACH); row++) {
    for (let j = 0; j < Math.min(cols, grid[0] * sizes.WORKGROUP * 4); j++) {
      x[row * cols + j] = (bytes[row * cols + j]! - scaling[j]! - scaling[cols + j]!) * scaling[2 * cols + j]!;
    }
  }
}
