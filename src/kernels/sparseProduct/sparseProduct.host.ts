// What sparse_product.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { decodeWeightColumns } from '../lib/unpack.ts';

type SparseProduct = HostLaunch<
  'at' | 'runs' | 'first' | 'stride' | 'offset' | 'width' | 'begin' | 'each',
  'x' | 'columns' | 'factors' | 'sums',
  'MODELS' | 'WORKGROUP' | 'LANES' | 'TRANSPOSED' | 'KEEP'
>;

export function sparseProductOnHost({ params, buffers, sizes, grid }: SparseProduct): void {
  const { at, first, stride, offset, width, begin } = params;
  const { MODELS, WORKGROUP, LANES, TRANSPOSED, KEEP } = sizes;
  const [x, values] = [new Uint32Array(buffers.x), new Float32Array(buffers.x)];
  const [factors, sums] = [new Float32Array(buffers.factors), new Float32Array(buffers.sums)];
  const columns = decodeWeightColumns(buffers.columns);
  const lanes = Math.min(params.runs, grid[0] * params.each * WORKGROUP);
  for (let column = first; column < first + grid[1] * MODELS; column++) {
    const ofRows = columns[column]!.slot * stride + offset;
    const ofColumn = (column - begin) * width;
    const [ofFactors, ofSums] = TRANSPOSED === 1 ? [ofRows, ofColumn] : [ofColumn, ofRows];
    for (let lane = 0; lane < lanes; lane++) {
      const run = x[(at + Math.floor(lane / LANES)) * 2]! + (lane % LANES);
      const [target, entries] = [x[run * 2]!, x[run * 2 + 1]!];
      let total = 0;
      for (let entry = 1; entry <= entries; entry++) {
        const place = (run + entry * LANES) * 2;
        total += values[place + 1]! * factors[ofFactors + x[place]!]!;
      }
      sums[ofSums + target] = (KEEP === 1 ? sums[ofSums + target]! : 0) + total;
    }
  }
}
