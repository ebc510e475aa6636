// What histogram_sums.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { histogramSumsReference } from './histogramSums.reference.ts';

type HistogramSums = HostLaunch<'bins', 'histograms' | 'nodes' | 'sums', 'PARTS' | 'WORKGROUP'>;

export function histogramSumsOnHost({ params, buffers, sizes, grid }: HistogramSums): void {
  const [histograms, nodes, out] = [new Uint32Array(buffers.histograms), new Uint32Array(buffers.nodes), new Uint32Array(buffers.sums)];
  const stride = 1 + 2 * sizes.PARTS;
  const bins = Math.min(params.bins, grid[0] * sizes.WORKGROUP);
  const empty = new Array<bigint>(1 + sizes.PARTS).fill(0n);
  const numbersOf = (stretch: number, bin: number): readonly bigint[] => {
    const at = (stretch * params.bins + bin) * stride;
    const part = (from: number): bigint => BigInt(histograms[from]!) | (BigInt(histograms[from + 1]!) << 32n);
    return [BigInt(histograms[at]!), ...Array.from({ length: sizes.PARTS }, (_, i) => part(at + 1 + 2 * i))];
  };
  for (let node = 0; node < grid[1]; node++) {
    const [first, end] = nodes.subarray(node * 2) as unknown as [number, number];
    const own = Array.from({ length: Math.max(0, end - first) }, (_, i) => Array.from({ length: bins }, (_, bin) => numbersOf(first + i, bin)));
    const sums = histogramSumsReference([Array.from({ length: bins }, () => empty), ...own]);
    for (const [bin, [count, ...parts]] of sums.entries()) {
      const to = (node * params.bins + bin) * stride;
      out[to] = Number(count! & 0xffffffffn);
      for (const [i, part] of parts.entries()) {
        out[to + 1 + 2 * i] = Number(part & 0xffffffffn);
        out[to + 2 + 2 * i] = Number((part >> 32n) & 0xffffffffn);
      }
    }
  }
}
