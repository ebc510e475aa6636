// What byte_layer_gradient.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';

type Params = 'rows' | 'firstRow' | 'inQuads' | 'outQuads' | 'partRows' | 'more';
type ByteLayerGradient = HostLaunch<Params, 'bytes' | 'scaling' | 'deltas' | 'parts', 'WORDS' | 'ACROSS' | 'WORKGROUP'>;

export function byteLayerGradientOnHost({ params, buffers, sizes, grid }: ByteLayerGradient): void {
  const { rows, firstRow, inQuads, outQuads, partRows, more } = params;
  const bytes = new Uint8Array(buffers.bytes);
  const [scaling, deltas, parts] = [buffers.scaling, buffers.deltas, buffers.parts].map((own) => new Float32Array(own)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [inputs, units] = [inQuads * 4, outQuads * 4];
  const inputOf = (row: number, j: number): number => (j === inputs ? 1 : bytes[(firstRow + row) * inputs + j]! * scaling[2 * inputs + j]!);
  const last = Math.min(inputs, (grid[1] ?? 1) * sizes.WORDS * 4);
  for (let part = 0; part < (grid[2] ?? 1); part++) {
    for (const j of [...Array(last).keys(), inputs]) {
      for (let unit = 0; unit < Math.min(units, grid[0] * sizes.ACROSS * sizes.WORKGROUP); unit++) {
        const at = (part * (inputs + 1) + j) * units + unit;
        let sum = more === 1 ? parts[at]! : 0;
        for (let row = part * partRows; row < Math.min(rows, (part + 1) * partRows); row++) sum += inputOf(row, j) * deltas[row * units + unit]!;
        parts[at] = sum;
      }
    }
  }
}
