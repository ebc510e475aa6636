// The least and the most of each column, over the rows outside a fold: rows are read once, however many folds there are.
import { isSparse } from '../../core/data/csr.ts';
import type { Folds } from '../../dsl/estimator.ts';
import type { ScalingTransform } from '../../dsl/transform.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';

interface Extents {
  readonly least: Float64Array;
  readonly most: Float64Array;
}

/**
 * Of values as fetched, whatever scaling there is: that comes later, since folds may have their own.
 *
 * @returns what to ask for the fold that is held out, or for none
 */
export async function extentsByFold(
  train: Parameters<ScalingTransform['learn']>[0],
  folds: Folds | undefined,
): Promise<(heldOut: number | undefined) => Extents> {
  const extents = new Map<number, Extents>();
  const { cols } = train.x;
  const ofFold = (row: number): Extents => {
    const fold = folds?.fold[row] ?? 0;
    let own = extents.get(fold);
    if (!own) extents.set(fold, (own = { least: new Float64Array(cols).fill(Infinity), most: new Float64Array(cols).fill(-Infinity) }));
    return own;
  };
  const widen = ({ least, most }: Extents, column: number, value: number): void => {
    if (value < least[column]!) least[column] = value;
    if (value > most[column]!) most[column] = value;
  };
  if (isSparse(train)) {
    const { indptr, indices, values } = train.x;
    const entries = new Map<Extents, { rows: number; readonly columns: Uint32Array }>();
    train.rows.forEach((id, row) => {
      const own = ofFold(row);
      const counted = entries.get(own) ?? { rows: 0, columns: new Uint32Array(cols) };
      entries.set(own, counted);
      counted.rows++;
      for (let at = indptr[id]!; at < indptr[id + 1]!; at++) {
        widen(own, indices[at]!, values[at]!);
        counted.columns[indices[at]!]!++;
      }
    });
    for (const [own, { rows, columns }] of entries) columns.forEach((count, j) => count < rows && widen(own, j, 0));
  } else
    for await (const { from, rows, x } of featureBlocks({ name: train.name, x: train.x, rows: train.rows, columns: train.columns })) {
      for (let row = 0; row < rows; row++) {
        const own = ofFold(from + row);
        for (let j = 0; j < cols; j++) widen(own, j, x[row * cols + j]!);
      }
    }
  return (heldOut) => {
    const outside = [...extents].filter(([fold]) => fold !== heldOut).map(([, own]) => own);
    const widest = (part: keyof Extents, of: (a: number, b: number) => number): Float64Array =>
      outside.map((own) => own[part]).reduce((a, b) => a.map((value, j) => of(value, b[j]!)));
    return { least: widest('least', Math.min), most: widest('most', Math.max) };
  };
}
