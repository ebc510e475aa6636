// What group_sums.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { matrix } from '../../core/data/matrix.ts';
import type { RowDtype } from '../lib/tiles.ts';
import { unpackTiles } from '../lib/unpack.ts';
import { groupSumsReference } from './groupSums.reference.ts';

type GroupSums = HostLaunch<
  'words' | 'quads' | 'offset' | 'stride' | 'groups' | 'first' | 'tiles',
  'x' | 'codes' | 'weights' | 'centers' | 'partials',
  'MOMENTS' | 'WORKGROUP' | 'TILE_QUADS'
>;

export const groupSumsOnHost =
  (dtype: RowDtype) =>
  ({ params, buffers, sizes, grid }: GroupSums): void => {
    const { words, quads, offset, stride, groups, first, tiles } = params;
    const { MOMENTS, WORKGROUP, TILE_QUADS } = sizes;
    const [across, blocks, sets] = grid;
    const cols = words * 4;
    const whole = unpackTiles(buffers.x, { dtype, words, quads, tileQuads: TILE_QUADS });
    const from = first * TILE_QUADS * 4;
    const to = Math.min(whole.rows, from + blocks * tiles * TILE_QUADS * 4);
    const x = matrix(Math.max(0, to - from), cols, whole.data.subarray(from * cols, Math.max(from, to) * cols));
    const weights = new Float32Array(buffers.weights).subarray(offset * 4 + from);
    const centers = Array.from({ length: groups }, (_, g) => new Float32Array(buffers.centers, g * cols * 4, cols));
    const partials = new Float32Array(buffers.partials);
    const reached = Math.min(words, across * WORKGROUP) * 4;
    for (let set = 0; set < sets; set++) {
      const codes = new Uint32Array(buffers.codes).subarray((set * stride + offset) * 4 + from);
      const { sums, squares } = groupSumsReference({ x, codes, groups, weights, centers, blockRows: tiles * TILE_QUADS * 4 });
      for (let block = 0; block < blocks; block++) {
        for (const [moment, values] of [sums, squares].slice(0, MOMENTS).entries()) {
          for (let g = 0; g < groups; g++) {
            const own = values[block]?.[g] ?? new Float64Array(cols);
            partials.set(own.subarray(0, reached), (((set * blocks + block) * MOMENTS + moment) * groups + g) * cols);
          }
        }
      }
    }
  };
