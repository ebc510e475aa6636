// Scales features around their median, in units that outliers do not change.
import { checkNoNames } from '../../core/data/categories.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import type { ScalingTransform, Transform } from '../../dsl/transform.ts';
import { eachColumn } from '../levels/columnValues.ts';
import { percentile } from '../levels/percentile.ts';
import { rescaled } from './rescaled.ts';

export interface RobustOptions {
  /** Default true. */
  readonly withCentering?: boolean | undefined;
  /** Default true. */
  readonly withScaling?: boolean | undefined;
  /** Percentages, default `[25, 75]`. */
  readonly quantileRange?: readonly [number, number] | undefined;
}

const params = z.strictObject({
  withCentering: z.boolean().default(true).describe('whether the median is subtracted'),
  withScaling: z.boolean().default(true).describe('whether features are divided by the range between two quantiles'),
  quantileRange: z
    .tuple([z.number().min(0).max(100), z.number().min(0).max(100)])
    .refine(([low, high]) => low < high, { error: 'needs two percentages, the lower first' })
    .default([25, 75])
    .describe('those quantiles, in percent'),
} satisfies ShapeOf<RobustOptions>);

interface Figures {
  readonly median: Float64Array;
  readonly range: Float64Array;
}

/**
 * `sklearn.preprocessing.RobustScaler`, for `chain`: features minus their median over the training rows, divided by the interquartile
 * range. A column whose range is 0 is not divided.
 *
 * @throws E_DATA when it is trained, for a gap or a column of names
 * @example
 * fit(chain(robust(), logisticRegression()));
 */
export function robust(options: RobustOptions = {}): Transform {
  const parsed = parseParams('robust', params, options);
  const { withCentering, withScaling, quantileRange } = parsed;
  const learn: ScalingTransform['learn'] = async (train, folds) => {
    checkNoNames('robust', train);
    const { name, x, rows, columns } = train;
    // Quantiles of some folds do not follow from those of each: one for every fold that may be held out, and one for all.
    const held = [undefined, ...(folds ? Array.from({ length: folds.count }, (_, fold) => fold) : [])];
    const figures = new Map<number | undefined, Figures>();
    for (const fold of held) figures.set(fold, { median: new Float64Array(x.cols), range: new Float64Array(x.cols) });
    for await (const { column, values } of eachColumn({ name, x, rows, columns })) {
      for (const fold of held) {
        const sorted = (fold === undefined ? values : values.filter((_, row) => folds!.fold[row] !== fold)).toSorted();
        const [low, middle, high] = [quantileRange[0], 50, quantileRange[1]].map((percent) => percentile(sorted, percent)) as [number, number, number];
        const own = figures.get(fold)!;
        own.median[column] = middle;
        own.range[column] = high - low;
      }
    }
    return (before, heldOut) => {
      const { median, range } = figures.get(heldOut)!;
      return rescaled('robust', before, median, (column, factor) => {
        // Without a center of its own a column stays where it was.
        const center = withCentering ? median[column]! : factor === 0 ? 0 : (before?.shift[column] ?? 0);
        const unit = withScaling && range[column]! >= 10 * Number.EPSILON ? range[column]! : withScaling ? 0 : 1 / Math.abs(factor);
        return { center, unit, low: 0, size: 1 };
      });
    };
  };
  return { transform: { name: 'robust', params: { withCentering, withScaling, quantileRange: [...quantileRange] }, learn } };
}
