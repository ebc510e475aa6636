// What patches_back.wgsl does to its buffers, on the host: each place adds what it says to the pixels that it saw.
import type { HostLaunch } from '../../core/compute.ts';

type Params = 'rows' | 'height' | 'width' | 'quads' | 'kernelHeight' | 'kernelWidth';
type PatchesBack = HostLaunch<Params, 'seen' | 'before', 'WORKGROUP'>;

export function patchesBackOnHost({ params: { rows, height, width, quads, kernelHeight, kernelWidth }, buffers, sizes, grid }: PatchesBack): void {
  const [seen, before] = [new Float32Array(buffers.seen), new Float32Array(buffers.before)];
  const channels = quads * 4;
  const [high, wide] = [height - kernelHeight + 1, width - kernelWidth + 1];
  const sums = new Float64Array(rows * height * width * channels);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (let place = 0; place < high * wide; place++) {
      const [top, left] = [Math.floor(place / wide), place % wide];
      for (let y = 0; y < kernelHeight; y++) {
        const from = ((row * height + top + y) * width + left) * channels;
        for (let i = 0; i < kernelWidth * channels; i++) sums[from + i]! += seen[next++]!;
      }
    }
  }
  before.set(Float32Array.from(sums.subarray(0, Math.min(sums.length, grid[0] * sizes.WORKGROUP * 4))));
}
