// What nearest_of_bytes.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { unpackTiles } from '../lib/unpack.ts';
import { UNSURE } from './nearestOfBytes.ts';

type NearestOfBytes = HostLaunch<
  'words' | 'quads' | 'offset' | 'stride' | 'centers',
  'x' | 'weights' | 'biases' | 'nearest',
  'MODELS' | 'QUADS' | 'WORKGROUP' | 'TILE_QUADS'
>;

export function nearestOfBytesOnHost({ params, buffers, sizes, grid }: NearestOfBytes): void {
  const { words, offset, stride, centers } = params;
  const { QUADS, WORKGROUP, TILE_QUADS } = sizes;
  const [across, sets] = grid;
  const cols = words * 4;
  const quads = Math.min(params.quads, across * WORKGROUP * QUADS);
  const { data } = unpackTiles(buffers.x, { dtype: 'u8', words, quads: Math.ceil(quads / TILE_QUADS) * TILE_QUADS, tileQuads: TILE_QUADS });
  const [weights, biases, nearest] = [new Int16Array(buffers.weights), new Int32Array(buffers.biases), new Uint32Array(buffers.nearest)];
  for (let set = 0; set < sets; set++) {
    for (let row = 0; row < quads * 4; row++) {
      let [code, most, next] = [0, -Infinity, -Infinity];
      const total = data.subarray(row * cols, (row + 1) * cols).reduce((sum, value) => sum + value, 0);
      for (let center = 0; center < centers; center++) {
        let value = biases[set * centers + center]!;
        for (let j = 0; j < cols; j++) value += data[row * cols + j]! * weights[(set * centers + center) * cols + j]!;
        if (value > most) [code, most, next] = [center, value, most];
        else next = Math.max(next, value);
      }
      nearest[(set * stride + offset) * 4 + row] = code + (most - next <= total + 1 ? UNSURE : 0);
    }
  }
}
