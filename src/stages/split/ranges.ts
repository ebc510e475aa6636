// Parts of rows by ranges of their list.
import { PipelineError } from '../../core/errors/errors.ts';
import { leakOf } from '../../core/leaks/overlap.ts';
import { pairsOf, type PARTS } from '../shared/parts.ts';

export type Part = (typeof PARTS)[number];
/** First row, and the one behind the last. */
export type Range = readonly [number, number];

/**
 * Ranges are positions in the list of rows, which may leave rows of the matrix out or repeat them.
 *
 * @param rows in the list, where that is known
 * @param fetched in the matrix
 */
export function checkRanges(parts: readonly (readonly [Part, Range])[], data: string, rows?: number, fetched?: number): void {
  const known = rows === undefined ? undefined : { rows, text: lengthOf(data, rows, fetched ?? rows) };
  for (const [part, at] of parts) checkRange(part, at, known);
  for (const [one, other] of pairsOf(parts)) checkOverlap(one, other);
}

function lengthOf(data: string, rows: number, fetched: number): string {
  if (rows === 0) return `; ${data} has no rows`;
  return rows === fetched ? `; ${data} has ${rows} rows, 0 to ${rows - 1}` : `; ${data} lists ${rows} of its ${fetched} rows: positions 0 to ${rows - 1}`;
}

function checkRange(name: string, [from, to]: Range, known: { readonly rows: number; readonly text: string } | undefined): void {
  if (from < to && to <= (known?.rows ?? Infinity)) return;
  const wrong = from >= to ? 'is empty' : `goes past the last row`;
  throw new PipelineError('E_SHAPE', `split: ${name} [${from}, ${to}] ${wrong}${known?.text ?? ''}.`, {
    hint: `Give ${name} as [first, last + 1]${known ? ` within [0, ${known.rows}]` : ''}.`,
  });
}

function checkOverlap([one, a]: readonly [Part, Range], [other, b]: readonly [Part, Range]): void {
  const from = Math.max(a[0], b[0]);
  const to = Math.min(a[1], b[1]);
  if (from >= to) return;
  const cure = a[1] < b[1] ? `${other}: [${a[1]}, ${b[1]}]` : a[0] < b[0] ? `${one}: [${a[0]}, ${b[0]}]` : undefined;
  throw new PipelineError(
    'E_OVERLAP',
    `split: ${to - from} rows (${from} to ${to - 1}) are in both ${one} [${a.join(', ')}] and ${other} [${b.join(', ')}]. ${leakOf(one)}`,
    { hint: `Make the ranges disjoint${cure === undefined ? '' : `, for example ${cure}`}.` },
  );
}
