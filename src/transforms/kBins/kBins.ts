// Cuts columns of numbers into ranges.
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { eachColumn, inputColumns } from '../levels/columnValues.ts';
import { linspace, percentile, type PercentileMethod } from '../levels/percentile.ts';

export interface KBinsOptions {
  /** Bins of each column, at least 2. Default 5. */
  readonly nBins?: number | undefined;
  /** `oneHot` (default): a column of 1 and 0 for each bin. `ordinal`: the number of the bin, from 0. */
  readonly encode?: 'oneHot' | 'ordinal' | undefined;
  /** `quantile` (default): about equally many training rows in each bin. `uniform`: bins of equal width. */
  readonly strategy?: 'quantile' | 'uniform' | undefined;
  /** Where quantiles lie: at values of rows, or halfway between two (`averagedInvertedCdf`, default), or anywhere between (`linear`). */
  readonly quantileMethod?: PercentileMethod | undefined;
}

const params = z.strictObject({
  nBins: z.int().min(2).default(5).describe('bins of each column'),
  encode: z.enum(['oneHot', 'ordinal']).default('oneHot').describe('a column for each bin, or the number of the bin'),
  strategy: z.enum(['quantile', 'uniform']).default('quantile').describe('bins of equally many rows, or of equal width'),
  quantileMethod: z.enum(['averagedInvertedCdf', 'linear']).default('averagedInvertedCdf').describe('where quantiles lie between values'),
} satisfies ShapeOf<KBinsOptions>);

/** Narrower bins are joined with the next, as in scikit-learn; in columns of a smaller range, by their range. */
const LEAST_WIDTH = 1e-8;

/**
 * `sklearn.preprocessing.KBinsDiscretizer(subsample=None)`: cuts each column into ranges and says in which of them a value is, so that a
 * linear model learns a level for each range. The first and the last range have no outer end. Where values repeat, there may be fewer
 * bins than asked for, and a constant column is one bin. Weights of rows are ignored.
 *
 * Rows `[rows, cols]` become `[rows, bins of all columns]`, with names such as `age_0`; `[rows, cols]` with their names where `ordinal`.
 * A model has `fields.edges`: for each column the ends between its bins, of which each belongs to the bin above it.
 *
 * @throws E_DATA for a gap or a column of names
 * @example
 * fit(chain(columns({ numbers: kBins({ nBins: 4 }), categories: oneHot() }), logisticRegression()));
 */
export const kBins = defineEstimator<KBinsOptions>()({
  name: 'kBins',
  kind: 'transformer',
  params,
  async train(rows, { nBins, encode, strategy, quantileMethod }) {
    const edges: Float64Array[] = [];
    for await (const { values } of eachColumn(rows)) {
      const sorted = values.sort();
      const [least, most] = [sorted[0]!, sorted.at(-1)!];
      if (least === most) edges.push(Float64Array.of());
      else if (strategy === 'uniform')
        edges.push(
          linspace(least, most, nBins + 1)
            .subarray(1, -1)
            .slice(),
        );
      else {
        const all = linspace(0, 100, nBins + 1).map((percent) => percentile(sorted, percent, quantileMethod));
        edges.push(
          all
            .filter((edge, i) => i === 0 || edge - all[i - 1]! > LEAST_WIDTH * Math.min(1, most - least))
            .subarray(1, -1)
            .slice(),
        );
      }
    }
    return { edges, encode };
  },
  outputs: ({ edges, encode }) => (encode === 'ordinal' ? edges.length : edges.reduce((sum, own) => sum + own.length + 1, 0)),
  outputColumns(model) {
    const names = inputColumns(model);
    if (model.encode === 'ordinal') return names;
    return model.edges.flatMap((own, j) => Array.from({ length: own.length + 1 }, (_, bin) => `${names[j]}_${bin}`));
  },
  async scores({ edges, encode }, rows) {
    const starts: number[] = [];
    let outputs = 0;
    for (const own of edges) {
      starts.push(outputs);
      outputs += encode === 'ordinal' ? 1 : own.length + 1;
    }
    const out = new Float64Array(rows.rows.length * outputs);
    for await (const { from, rows: here, cols, x } of featureBlocks(rows)) {
      for (let row = 0; row < here; row++) {
        for (let j = 0; j < cols; j++) {
          const bin = binOf(x[row * cols + j]!, edges[j]!);
          const at = (from + row) * outputs + starts[j]!;
          if (encode === 'ordinal') out[at] = bin;
          else out[at + bin] = 1;
        }
      }
    }
    return out;
  },
});

/** How many edges are no more than the value. */
function binOf(value: number, edges: Float64Array): number {
  let bin = 0;
  while (bin < edges.length && edges[bin]! <= value) bin++;
  return bin;
}
