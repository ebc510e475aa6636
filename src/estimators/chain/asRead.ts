// Features that a step makes of rows of which there are too many for memory: they are made whenever somebody reads them, a block at a
// time. What a step computes on the device may then differ in the last bits, as it does between devices.
import { isStored, type Features, type StoredMatrix } from '../../core/data/features.ts';
import type { FeatureArray, Matrix } from '../../core/data/matrix.ts';

/** Stored rows of more bytes are never in memory at once, nor is what is made of them. */
const MOST_BYTES = 16e6;

/** Whether features made of rows are to be made as they are read. */
export function isLarge({ x, rows }: { readonly x: Features; readonly rows: Uint32Array }): boolean {
  return isStored(x) && rows.length * x.cols * 8 > MOST_BYTES;
}

/**
 * Features that are made of rows whenever they are read, so that all of them are never there at once.
 *
 * @param data what they are made of @param make makes those of some of the rows, in their order
 * @returns features of the rows by their position, not by id
 */
export async function madeAsRead<R extends { readonly rows: Uint32Array }>(data: R, make: (some: R) => Promise<Matrix>): Promise<StoredMatrix> {
  const { cols, dtype, categories } = await make({ ...data, rows: data.rows.subarray(0, 1) });
  return {
    rows: data.rows.length,
    cols,
    dtype,
    ...(categories ? { categories } : {}),
    async readRows(positions, target: FeatureArray) {
      target.set((await make({ ...data, rows: positions.map((position) => data.rows[position]!) })).data);
    },
  };
}
