// Scores of weights over rows on the host: one product a row and column, in float64.
import { takeBlocks } from '../../core/data/features.ts';
import { notFinite } from '../../core/data/notFinite.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { ScoredColumn } from './linearScores.ts';

/** @returns `[rows]` for each column @throws E_DATA for a feature that is not a finite number */
export async function hostScores({ x, rows: ids, columns }: RowsOf, scored: readonly ScoredColumn[]): Promise<readonly Float64Array[]> {
  const scores = scored.map(() => new Float64Array(ids.length));
  for await (const { data, rows, cols, from } of takeBlocks(x, ids)) {
    const whole = x.dtype === 'u8' || x.dtype === 'u16';
    const at = whole ? -1 : data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw notFinite(data[at]!, ids[from + Math.floor(at / cols)]!, at % cols, columns);
    for (const [c, { weights, scaling }] of scored.entries()) {
      const own = scores[c]!;
      for (let row = 0, at = 0; row < rows; row++) {
        let sum = weights[cols]!;
        if (scaling) for (let j = 0; j < cols; j++, at++) sum += (data[at]! - scaling.shift[j]!) * scaling.factor[j]! * weights[j]!;
        else for (let j = 0; j < cols; j++, at++) sum += data[at]! * weights[j]!;
        own[from + row] = sum;
      }
    }
  }
  return scores;
}
