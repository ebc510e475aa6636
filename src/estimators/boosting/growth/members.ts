// Which rows are in which node of a tree that grows.
import type { Binned } from '../columns/bins.ts';
import { isIn, type Split } from './splits.ts';

/** Where a split sends rows. */
export interface Parting extends Pick<Split, 'column' | 'bin' | 'left'> {
  /** Where the gaps go: of a column without gaps, the side with more rows. */
  readonly gapsLeft: boolean;
}

/** Some rows, all of which the root has at first. */
export class Members {
  /** Of nodes that are not split. */
  readonly rowsOf: Map<number, Uint32Array>;
  readonly #held: Uint32Array;

  /** @param from the first row @param end behind the last */
  constructor(from: number, end: number) {
    this.rowsOf = new Map([[0, Uint32Array.from({ length: end - from }, (_, i) => from + i)]]);
    this.#held = new Uint32Array(end - from);
  }

  /** Brings a node's rows of the left, which is node `next`, before those of the right, which is the one behind it. */
  split({ data, rows, columns }: Binned, node: number, next: number, { column, bin: last, left, gapsLeft }: Parting): void {
    const [members, held] = [this.rowsOf.get(node)!, this.#held];
    const gap = columns[column]!.bins;
    const own = data.subarray(column * rows, (column + 1) * rows);
    let [to, put] = [0, 0];
    for (let i = 0; i < members.length; i++) {
      const row = members[i]!;
      const bin = own[row]!;
      if (bin === gap ? gapsLeft : left ? isIn(left, bin) : bin <= last) members[to++] = row;
      else held[put++] = row;
    }
    members.set(held.subarray(0, put), to);
    this.rowsOf.delete(node);
    this.rowsOf.set(next, members.subarray(0, to)).set(next + 1, members.subarray(to));
  }
}
