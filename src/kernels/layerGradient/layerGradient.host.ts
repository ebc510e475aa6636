// What layer_gradient.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';

type Params = 'rows' | 'firstRow' | 'inQuads' | 'outQuads' | 'partRows' | 'more' | 'presentAt' | 'presentQuads';
type LayerGradient = HostLaunch<Params, 'inputs' | 'deltas' | 'present' | 'parts', 'ACROSS' | 'WORKGROUP'>;

export function layerGradientOnHost({ params, buffers, sizes, grid }: LayerGradient): void {
  const { rows, firstRow, inQuads, outQuads, partRows, more, presentAt, presentQuads } = params;
  const [inputs, deltas, parts] = [new Float32Array(buffers.inputs), new Float32Array(buffers.deltas), new Float32Array(buffers.parts)];
  const present = new Uint32Array(buffers.present).subarray(presentAt, presentAt + inQuads);
  const [cols, units] = [inQuads * 4, outQuads * 4];
  for (let part = 0; part < (grid[2] ?? 1); part++) {
    for (let place = 0; place < Math.min(inQuads + 1, (grid[1] ?? 1) * sizes.WORKGROUP); place++) {
      const [begin, end] = place === 0 ? [cols, cols + 1] : [present[place - 1]! * 4, present[place - 1]! * 4 + 4];
      for (let j = begin; j < end; j++) {
        const last = place <= presentQuads ? Math.min(rows, (part + 1) * partRows) : 0;
        for (let unit = 0; unit < Math.min(units, grid[0] * sizes.ACROSS * 4); unit++) {
          const at = (part * (cols + 1) + j) * units + unit;
          let sum = more === 1 ? parts[at]! : 0;
          for (let row = part * partRows; row < last; row++) {
            sum += (j === cols ? 1 : inputs[(firstRow + row) * cols + j]!) * deltas[row * units + unit]!;
          }
          parts[at] = sum;
        }
      }
    }
  }
}
