// What distances.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { matrix } from '../../core/data/matrix.ts';
import type { RowDtype } from '../lib/tiles.ts';
import { unpackTiles } from '../lib/unpack.ts';
import { distancesReference, nearestReference } from './distances.reference.ts';

type Distances = HostLaunch<
  'words' | 'centers' | 'first' | 'end' | 'offset' | 'stride',
  'x' | 'scales' | 'centers' | 'nearest' | 'distances',
  'ALL' | 'MANHATTAN' | 'MODELS' | 'WORKGROUP' | 'TILE_QUADS'
>;

export const distancesOnHost =
  (dtype: RowDtype) =>
  ({ params, buffers, sizes, grid }: Distances): void => {
    const { words, centers, first, offset, stride } = params;
    const { ALL, MANHATTAN, WORKGROUP, TILE_QUADS } = sizes;
    const [across, sets] = grid;
    const cols = words * 4;
    const end = Math.min(params.end, first + across * WORKGROUP);
    // Whole tiles are unpacked, and the rows of this launch taken of them.
    const whole = unpackTiles(buffers.x, { dtype, words, quads: Math.ceil(end / TILE_QUADS) * TILE_QUADS, tileQuads: TILE_QUADS });
    const x = matrix((end - first) * 4, cols, whole.data.subarray(first * 4 * cols, end * 4 * cols));
    const scales = new Float32Array(buffers.scales, 0, cols);
    const nearest = new Uint32Array(buffers.nearest);
    const out = new Float32Array(buffers.distances);
    for (let set = 0; set < sets; set++) {
      const own = Array.from({ length: centers }, (_, c) => new Float32Array(buffers.centers, (set * centers + c) * cols * 4, cols));
      const found = distancesReference({ x, scales, centers: own, manhattan: MANHATTAN === 1 });
      const codes = nearestReference(found);
      nearest.set(codes, (set * stride + offset) * 4);
      if (ALL === 1) found.forEach((values, c) => out.set(values, ((set * centers + c) * stride + offset) * 4));
      else
        out.set(
          Float64Array.from(codes, (code, row) => found[code]![row]!),
          (set * stride + offset) * 4,
        );
    }
  };
