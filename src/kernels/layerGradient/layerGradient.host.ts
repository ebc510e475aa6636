// What layer_gradient.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';

type Params = 'rows' | 'firstRow' | 'inQuads' | 'outQuads' | 'partRows' | 'more';
type LayerGradient = HostLaunch<Params, 'inputs' | 'deltas' | 'parts', 'ACROSS' | 'WORKGROUP'>;

export function layerGradientOnHost({ params: { rows, firstRow, inQuads, outQuads, partRows, more }, buffers, sizes, grid }: LayerGradient): void {
  const [inputs, deltas, parts] = [new Float32Array(buffers.inputs), new Float32Array(buffers.deltas), new Float32Array(buffers.parts)];
  const [cols, units] = [inQuads * 4, outQuads * 4];
  for (let part = 0; part < (grid[2] ?? 1); part++) {
    for (let j = 0; j < Math.min(cols + 1, (grid[1] ?? 1) * sizes.WORKGROUP * 4); j++) {
      for (let unit = 0; unit < Math.min(units, grid[0] * sizes.ACROSS * 4); unit++) {
        const at = (part * (cols + 1) + j) * units + unit;
        let sum = more === 1 ? parts[at]! : 0;
        for (let row = part * partRows; row < Math.min(rows, (part + 1) * partRows); row++) {
          sum += (j === cols ? 1 : inputs[(firstRow + row) * cols + j]!) * deltas[row * units + unit]!;
        }
        parts[at] = sum;
      }
    }
  }
}
