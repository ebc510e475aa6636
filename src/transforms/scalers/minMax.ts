// Scales features to the range between two numbers.
import { checkNoNames } from '../../core/data/categories.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import type { ScalingTransform, Transform } from '../../dsl/transform.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { rescaled } from './rescaled.ts';

export interface MinMaxOptions {
  /** `[smallest, largest]`, default `[0, 1]`. */
  readonly featureRange?: readonly [number, number] | undefined;
}

const params = z.strictObject({
  featureRange: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, { error: 'needs [least, most], the least below the most' })
    .default([0, 1])
    .describe('what the least and the most of a column become'),
} satisfies ShapeOf<MinMaxOptions>);

/**
 * `sklearn.preprocessing.MinMaxScaler`, for `chain`: by default the smallest value that a column has in the training rows becomes 0 and
 * the largest 1. Rows that were not trained on may fall outside. A constant column becomes the smallest number of the range.
 *
 * @throws E_DATA when it is trained, for a gap or a column of names
 * @example
 * fit(chain(minMax(), logisticRegression()));
 */
export function minMax(options: MinMaxOptions = {}): Transform {
  const parsed = parseParams('minMax', params, options);
  const [low, high] = parsed.featureRange;
  const learn: ScalingTransform['learn'] = async (train, folds) => {
    checkNoNames('minMax', train);
    const extents = await extentsByFold(train, folds);
    return (before, heldOut) => {
      const outside = [...extents].filter(([fold]) => fold !== heldOut).map(([, own]) => own);
      const least = widest(
        outside.map((own) => own.least),
        Math.min,
      );
      const most = widest(
        outside.map((own) => own.most),
        Math.max,
      );
      return rescaled('minMax', before, least, (column, factor) => {
        const [from, to] = factor < 0 ? [most[column]!, least[column]!] : [least[column]!, most[column]!];
        return { center: from, unit: Math.abs(to - from), low, size: high - low };
      });
    };
  };
  return { transform: { name: 'minMax', params: { featureRange: [low, high] }, learn } };
}

interface Extents {
  readonly least: Float64Array;
  readonly most: Float64Array;
}

async function extentsByFold(train: Parameters<ScalingTransform['learn']>[0], folds: Folds | undefined): Promise<ReadonlyMap<number, Extents>> {
  const extents = new Map<number, Extents>();
  const { cols } = train.x;
  // What scaling there is comes later: folds may have their own.
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
  return extents;
}

function widest(all: readonly Float64Array[], of: (a: number, b: number) => number): Float64Array {
  return all.reduce((a, b) => a.map((value, j) => of(value, b[j]!)));
}
