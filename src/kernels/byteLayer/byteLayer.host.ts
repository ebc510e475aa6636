// What byte_layer.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';

type Params = 'rows' | 'firstRow' | 'inQuads' | 'outQuads';
type ByteLayer = HostLaunch<Params, 'bytes' | 'scaling' | 'weights' | 'parts', 'WORDS' | 'ACROSS' | 'WORKGROUP'>;

export function byteLayerOnHost({ params: { rows, firstRow, inQuads, outQuads }, buffers, sizes, grid }: ByteLayer): void {
  const bytes = new Uint8Array(buffers.bytes);
  const [scaling, weights, parts] = [buffers.scaling, buffers.weights, buffers.parts].map((own) => new Float32Array(own)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [inputs, units] = [inQuads * 4, outQuads * 4];
  const each = sizes.WORDS * 4;
  for (let part = 0; part < (grid[1] ?? 1); part++) {
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < Math.min(units, grid[0] * sizes.ACROSS * sizes.WORKGROUP); unit++) {
        let sum = 0;
        for (let j = part * each; j < Math.min((part + 1) * each, inputs); j++) {
          sum += bytes[(firstRow + row) * inputs + j]! * scaling[2 * inputs + j]! * weights[j * units + unit]!;
        }
        parts[(part * rows + row) * units + unit] = sum;
      }
    }
  }
}
