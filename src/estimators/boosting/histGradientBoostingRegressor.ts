// Boosted trees that predict values. As scikit-learn 1.9's HistGradientBoostingRegressor.
import { valuesOf, weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import { boost } from './boost.ts';
import { scoresByRound, scoresOf, type BoostedFields } from './model.ts';
import { boostingParams, type BoostingOptions } from './params.ts';

const LOSSES = ['squaredError', 'absoluteError', 'poisson'] as const;
type Loss = (typeof LOSSES)[number];

export interface HistGradientBoostingRegressorOptions extends BoostingOptions {
  /** What trees make small: `squaredError` (default); `absoluteError`, for medians; or `poisson`, for counts and others that are never below 0. */
  readonly loss?: Loss | undefined;
}

const params = boostingParams.extend({
  loss: z.enum(LOSSES).default('squaredError').describe('what trees make small'),
} satisfies Partial<ShapeOf<HistGradientBoostingRegressorOptions>>);

export interface Fields extends BoostedFields {
  readonly loss: Loss;
}

/**
 * Adds up many small trees, each grown on what the ones before it leave, as scikit-learn 1.9's `HistGradientBoostingRegressor`.
 *
 * Rows `[rows, cols]` with values `[rows, 1]`; features may have gaps, and columns may be categories. What
 * `histGradientBoostingClassifier` says of rounds, bins and splits applies here too. With `loss: 'absoluteError'`, leaves take medians.
 * With `loss: 'poisson'`, scores are logs, and the model predicts means.
 *
 * @throws E_PARAMS for invalid options; when training, E_DATA for several values a row, for infinite features, for rows that weigh
 *   nothing, for columns of more categories than bins, and, with `loss: 'poisson'`, for values below 0 or all 0
 * @example
 * pipeline('p', fetch(cars), split({ train: [0, 300], test: [300, 400] }), fit(histGradientBoostingRegressor({ maxIter: 20 })), score({ on: 'test' }));
 */
export const histGradientBoostingRegressor = defineEstimator<HistGradientBoostingRegressorOptions>()({
  name: 'histGradientBoostingRegressor',
  kind: 'regressor',
  params,
  takes: ['gaps', 'categories'],
  shards: true,
  async train(rows, { loss, ...own }, context): Promise<Fields> {
    const target = { loss, scores: 1, truth: truthOf(rows, loss), weights: weightsOf(rows) };
    return { ...(await boost('histGradientBoostingRegressor', rows, target, own, context)), loss };
  },
  outputs: () => 1,
  async scores(model, rows) {
    return valuesSaid(model, await scoresOf(model, rows));
  },
  async *staged(model, rows) {
    for await (const scores of scoresByRound(model, rows)) yield valuesSaid(model, scores);
  },
  summary: ({ roots, feature }) => ({ rounds: roots.length, nodes: feature.length }),
});

function valuesSaid({ loss }: Fields, scores: Float64Array): Float64Array {
  return loss === 'poisson' ? scores.map(Math.exp) : scores;
}

function truthOf(rows: TrainingRows<'regressor'>, loss: Loss): Float64Array {
  const refused = (arrived: string, needed: string, hint: string): PipelineError =>
    new PipelineError('E_DATA', `histGradientBoostingRegressor: ${arrived}; ${needed} is needed.`, { hint });
  const { cols } = rows.values;
  if (cols !== 1) throw refused(`${rows.name} has ${cols} values a row`, 'one', 'Fit one model for each value.');
  const values = valuesOf(rows);
  if (loss !== 'poisson') return values;
  const below = values.findIndex((value) => value < 0);
  const hint = "Values are never below 0, and some above, with loss: 'poisson'; leave it out for others.";
  if (below >= 0) throw refused(`row ${rows.rows[below]} of ${rows.name} has ${values[below]}`, 'a value of 0 or more', hint);
  if (values.every((value) => value === 0)) throw refused(`all values of ${rows.name} are 0`, 'one above 0', hint);
  return values;
}
