// What gram.wgsl and both forms of exact_gram.wgsl do to their buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import type { RowDtype } from '../lib/tiles.ts';
import { unpackTiles } from '../lib/unpack.ts';
import { PAIR_FLOATS, PAIR_SUMS, pairAt, pairsOf } from './gram.ts';
import { gramReference } from './gram.reference.ts';

type Gram = HostLaunch<'words' | 'first' | 'end' | 'block', 'x' | 'partials', 'TILE_QUADS'>;
/** What only some of them have. */
type Some = {
  readonly sizes: { readonly SIDE?: number; readonly ACROSS?: number; readonly DOWN?: number; readonly WORKGROUP?: number };
  readonly params: { readonly offset?: number };
  readonly buffers: { readonly weights?: ArrayBuffer; readonly xLow?: ArrayBuffer; readonly order?: ArrayBuffer };
};

/** @param exact whether sums are u32, of bytes that count once each */
export const gramOnHost =
  (dtype: RowDtype, exact = false) =>
  ({ params, buffers, sizes, grid }: Gram & Some): void => {
    const { words, first, end, block, offset = 0 } = params;
    const quads = Math.ceil(end / 4 / sizes.TILE_QUADS) * sizes.TILE_QUADS;
    const x = unpackTiles(buffers.x, { dtype, words, quads, tileQuads: sizes.TILE_QUADS }, buffers.xLow);
    const weights = buffers.weights ? new Float32Array(buffers.weights, offset * 16) : new Float32Array(x.rows).fill(1);
    const order = buffers.order && new Uint32Array(buffers.order);
    const [floats, exacts] = [new Float32Array(buffers.partials), new Uint32Array(buffers.partials)];
    const { SIDE, ACROSS = 1, DOWN = 1, WORKGROUP = 1 } = sizes;
    // With subgroups, an invocation's words begin where those of its row of pairs do.
    const across = Math.min(words, grid[0] * (SIDE ?? 1) * ACROSS);
    const down = (a: number): number => Math.min(words, SIDE ? grid[1] * SIDE * ACROSS : a - (a % ACROSS) + grid[1] * WORKGROUP * DOWN);
    for (let z = 0; z < grid[2]; z++) {
      const begin = first + z * block;
      const sums = gramReference(x, weights, begin, Math.min(begin + block, end));
      for (let a = 0; a < across; a++) {
        for (let b = a; b < down(a); b++) {
          const pair = z * pairsOf(words) + pairAt(words, a, b);
          const [left, right] = order ? [order[a]!, order[b]!] : [a, b];
          for (let at = 0; at < 16; at++) {
            const [c, i] = [at >> 2, at & 3];
            const sum = sums[(left * 4 + i) * x.cols + right * 4 + c]!;
            if (exact) exacts[pair * PAIR_SUMS + at] = sum;
            else {
              const out = pair * PAIR_FLOATS + c * 8 + i;
              floats[out] = sum;
              floats[out + 4] = sum - floats[out]!;
            }
          }
        }
      }
    }
  };
