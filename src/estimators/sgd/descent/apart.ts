// What a thread does that others leave a share of the problems to.
import { descend, type Learned, type Problem } from './descent.ts';
import type { SgdRows } from '../shifted.ts';

export interface Share {
  readonly rows: SgdRows;
  readonly problems: readonly Problem[];
}

/** As anywhere else: in the same steps, so to the same bits. */
export default function learn({ rows, problems }: Share): Promise<readonly Learned[]> {
  return descend(
    rows,
    problems.map((problem) => () => problem),
    0, // nobody is told how far it has come
    { signal: new AbortController().signal },
  );
}
