// What max_pool.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';

type MaxPool = HostLaunch<'rows' | 'height' | 'width' | 'quads', 'made' | 'pooled', 'WORKGROUP'>;

export function maxPoolOnHost({ params: { rows, height, width, quads }, buffers, sizes, grid }: MaxPool): void {
  const [made, pooled] = [new Float32Array(buffers.made), new Float32Array(buffers.pooled)];
  const channels = quads * 4;
  for (const [at, from] of windowsOf(rows, height, width, channels).entries()) {
    if (at < grid[0] * sizes.WORKGROUP * 4) pooled[at] = Math.max(...from.map((place) => made[place]!));
  }
}

/** Of each pooled number, where the two by two numbers are that it is the largest of, in order. */
export function windowsOf(rows: number, height: number, width: number, channels: number): readonly (readonly number[])[] {
  const [high, wide] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  return Array.from({ length: rows * high * wide * channels }, (_, at) => {
    const [channel, pixel] = [at % channels, Math.floor(at / channels)];
    const [x, line] = [pixel % wide, Math.floor(pixel / wide)];
    const [y, row] = [line % high, Math.floor(line / high)];
    const corners = [
      [2 * y, 2 * x],
      [2 * y, 2 * x + 1],
      [2 * y + 1, 2 * x],
      [2 * y + 1, 2 * x + 1],
    ] as const;
    return corners.filter(([i, j]) => i < height && j < width).map(([i, j]) => ((row * height + i) * width + j) * channels + channel);
  });
}
