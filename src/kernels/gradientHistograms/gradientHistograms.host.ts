// What gradient_histograms.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { gradientHistogramReference } from './gradientHistograms.reference.ts';

type GradientHistograms = HostLaunch<
  'rows' | 'words' | 'cols',
  'x' | 'members' | 'derivatives' | 'offsets' | 'stretches' | 'histograms',
  'PARTS' | 'WORKGROUP'
>;

export function gradientHistogramsOnHost({ params, buffers, sizes, grid }: GradientHistograms): void {
  const { rows, words, cols } = params;
  const x = new Uint8Array(buffers.x);
  const [members, offsets, stretches] = [new Uint32Array(buffers.members), new Uint32Array(buffers.offsets), new Uint32Array(buffers.stretches)];
  const [derivatives, out] = [new BigUint64Array(buffers.derivatives), new Uint32Array(buffers.histograms)];
  const stride = 1 + 2 * sizes.PARTS;
  for (let stretch = 0; stretch < grid[0]; stretch++) {
    const [begin, end, tree] = stretches.subarray(stretch * 4) as unknown as [number, number, number];
    for (let column = 0; column < Math.min(cols, grid[1] * sizes.WORKGROUP); column++) {
      const first = (stretch * offsets[cols]! + offsets[column]!) * stride;
      out.fill(0, first, first + (offsets[column + 1]! - offsets[column]!) * stride);
      const found = gradientHistogramReference(
        members.subarray(begin, end),
        (row) => x[row * words * 4 + column]! || -1,
        (row) => Array.from({ length: sizes.PARTS }, (_, part) => derivatives[(tree * rows + row) * sizes.PARTS + part]!),
      );
      for (const [bin, { count, sums }] of found) {
        const at = first + bin * stride;
        out[at] = count;
        for (const [part, sum] of sums.entries()) {
          out[at + 1 + 2 * part] = Number(sum & 0xffffffffn);
          out[at + 2 + 2 * part] = Number((sum >> 32n) & 0xffffffffn);
        }
      }
    }
  }
}
