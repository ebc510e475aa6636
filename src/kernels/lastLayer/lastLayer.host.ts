// What last_layer.wgsl does to its buffers, on the host: what the kernels of its parts do one after the other.
import type { HostLaunch } from '../../core/compute.ts';
import { activate, slope } from '../lib/activation.ts';
import { outputDeltaOnHost } from '../outputDelta/outputDelta.host.ts';

type Params = 'rows' | 'firstRow' | 'inQuads' | 'outQuads' | 'inUnits' | 'inParts' | 'constantsAt' | 'partRows' | 'more';
type Bindings = 'inputs' | 'constants' | 'weights' | 'targets' | 'counts' | 'before' | 'losses' | 'parts';
type LastLayer = HostLaunch<Params, Bindings, 'UNITS' | 'JOINED' | 'ACTIVATION' | 'KIND'>;

export function lastLayerOnHost({ params, buffers, sizes, grid }: LastLayer): void {
  const { firstRow, inQuads, outQuads, inUnits, inParts, constantsAt, partRows, more } = params;
  const constants = new Float32Array(buffers.constants);
  const [given, weights, before, parts] = [buffers.inputs, buffers.weights, buffers.before, buffers.parts].map((own) => new Float32Array(own)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const rows = Math.min(params.rows, grid[0] * partRows);
  const [cols, units] = [inQuads * 4, outQuads * 4];
  const inputs = new Float32Array(rows * cols);
  for (let at = 0; at < inputs.length; at++) {
    const unit = at % cols;
    if (sizes.JOINED === 0) {
      inputs[at] = given[at]!;
    } else if (unit < inUnits) {
      let sum = constants[constantsAt * 4 + unit]!;
      for (let part = 0; part < inParts; part++) sum += given[part * params.rows * cols + at]!;
      inputs[at] = activate(sizes.ACTIVATION, sum);
    }
  }
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
