// The least and the most of each column, over the rows outside a fold: rows are read once, however many folds there are.
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
  for await (const { from, rows, x } of featureBlocks({ name: train.name, x: train.x, rows: train.rows, columns: train.columns })) {
    for (let row = 0; row < rows; row++) {
      const fold = folds?.fold[from + row] ?? 0;
      let own = extents.get(fold);
      if (!own) extents.set(fold, (own = { least: new Float64Array(cols).fill(Infinity), most: new Float64Array(cols).fill(-Infinity) }));
      for (let j = 0; j < cols; j++) {
        const value = x[row * cols + j]!;
        if (value < own.least[j]!) own.least[j] = value;
        if (value > own.most[j]!) own.most[j] = value;
      }
    }
  }
  return (heldOut) => {
    const outside = [...extents].filter(([fold]) => fold !== heldOut).map(([, own]) => own);
    const widest = (part: keyof Extents, of: (a: number, b: number) => number): Float64Array =>
      outside.map((own) => own[part]).reduce((a, b) => a.map((value, j) => of(value, b[j]!)));
    return { least: widest('least', Math.min), most: widest('most', Math.max) };
  };
}
