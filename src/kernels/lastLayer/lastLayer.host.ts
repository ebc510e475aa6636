// What last_layer.wgsl does to its buffers, on the host: what the kernels of its parts do one after the other.
import type { HostLaunch } from '../../core/compute.ts';
import { slope } from '../lib/activation.ts';
import { outputDeltaOnHost } from '../outputDelta/outputDelta.host.ts';

type Params = 'rows' | 'firstRow' | 'inQuads' | 'outQuads' | 'partRows' | 'more';
type Bindings = 'inputs' | 'weights' | 'targets' | 'counts' | 'before' | 'losses' | 'parts';
type LastLayer = HostLaunch<Params, Bindings, 'UNITS' | 'ACTIVATION' | 'KIND'>;

export function lastLayerOnHost({ params, buffers, sizes, grid }: LastLayer): void {
  const { firstRow, inQuads, outQuads, partRows, more } = params;
  const [inputs, weights, before, parts] = [buffers.inputs, buffers.weights, buffers.before, buffers.parts].map((own) => new Float32Array(own)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const rows = Math.min(params.rows, grid[0] * partRows);
  const [cols, units] = [inQuads * 4, outQuads * 4];
  const inputOf = (row: number, j: number): number => (j === cols ? 1 : inputs[row * cols + j]!);
  const [sums, deltas] = [new Float32Array(rows * units), new Float32Array(rows * units)];
  for (let at = 0; at < sums.length; at++) {
    let sum = 0;
    for (let j = 0; j <= cols; j++) sum += inputOf(Math.floor(at / units), j) * weights[j * units + (at % units)]!;
    sums[at] = sum;
  }
  outputDeltaOnHost({
    params: { rows, firstRow, outputs: sizes.UNITS, outQuads, kind: sizes.KIND },
    buffers: { sums: sums.buffer, targets: buffers.targets, weights: buffers.counts, deltas: deltas.buffer, losses: buffers.losses },
    sizes: { WORKGROUP: rows },
    grid: [1, 1, 1],
  });
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < cols; j++) {
      let back = 0;
      for (let unit = 0; unit < sizes.UNITS; unit++) back += deltas[row * units + unit]! * weights[j * units + unit]!;
      before[row * cols + j] = back * slope(sizes.ACTIVATION, inputOf(row, j));
    }
  }
  for (let part = 0; part < grid[0]; part++) {
    for (let j = 0; j <= cols; j++) {
      for (let unit = 0; unit < units; unit++) {
        const at = (part * (cols + 1) + j) * units + unit;
        let sum = more === 1 ? parts[at]! : 0;
        for (let row = part * partRows; row < Math.min(rows, (part + 1) * partRows); row++) sum += inputOf(row, j) * deltas[row * units + unit]!;
        parts[at] = sum;
      }
    }
  }
}
