// Regressors of the same kind, each of rows drawn by how far off those before were from them, and the weighted median of what they
// predict. Source: sklearn/ensemble/_weight_boosting.py (AdaBoost.R2: Drucker 1997).
import { checkTarget } from '../../core/data/checkDataset.ts';
import { valuesOf, type Dataset } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Estimator } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { byWeight } from '../bagging/draw.ts';
import { combinationOf, type MemberParams } from '../combined/members.ts';
import { combinedRegressor, knownOf, type Combined, type KnownRows } from '../combined/models.ts';
import { inTurn } from '../combined/responses.ts';
import type { FittedRegressor } from '../define/models.ts';
import { decisionTreeRegressor } from '../treeRegressors/decisionTreeRegressor.ts';
import { adaBoostParams, summaryOf, trainRounds, type AdaBoostOptions, type RoundFields, type Rule } from './rounds.ts';

export interface AdaBoostRegressorOptions extends AdaBoostOptions {
  /** What a row loses by how far off its prediction is, as a share of the farthest: the share (default), its square, or 1 - exp(-share). */
  readonly loss?: 'linear' | 'square' | 'exponential' | undefined;
}

const params = adaBoostParams.extend({
  loss: z.enum(['linear', 'square', 'exponential']).default('linear').describe('what a row loses by how far off its prediction is'),
} satisfies Pick<ShapeOf<AdaBoostRegressorOptions>, 'loss'>);

const LOSSES: Readonly<Record<'linear' | 'square' | 'exponential', (share: number) => number>> = {
  linear: (share) => share,
  square: (share) => share ** 2,
  exponential: (share) => 1 - Math.exp(-share),
};

/** Fitted rounds, with a model of each in `fields.models` and what it counts in `fields.estimatorWeights`. */
export type AdaBoostRegressorModel<M> = Combined<FittedRegressor, RoundFields<M> & KnownRows>;

const adaBoostModel = combinedRegressor<RoundFields<FittedRegressor>>('adaBoostRegressor', ({ models, estimatorWeights, ...fields }) => ({
  outputs: 1,
  predict: async (rows, context) => mediansOf(await inTurn(models, (model) => model.predict(rows, context)), estimatorWeights),
  async *staged(rows, context) {
    const said: Float64Array[] = [];
    for (const model of models) {
      said.push(await model.predict(rows, context));
      yield mediansOf(said, estimatorWeights);
    }
  },
  summary: summaryOf({ models, estimatorWeights, ...fields }),
}));

/** Of each row the least value such that it and those below count at least half. */
function mediansOf(said: readonly Float64Array[], counts: Float64Array): Float64Array {
  return said[0]!.map((_, row) => {
    const order = [...said.keys()].toSorted((i, k) => said[i]![row]! - said[k]![row]!);
    let total = 0;
    const sums = order.map((i) => (total += counts[i]!));
    return said[order[sums.findIndex((sum) => sum >= total / 2)]!]![row]!;
  });
}

const rule: Rule<FittedRegressor, z.output<typeof params>, 'values'> = {
  weighted: (rows, weights, random) => ({
    ...rows,
    rows: byWeight(random, weights, weights.length).map((row) => rows.rows[row]!),
    weights: undefined,
  }),
  async losses(model, rows, context, weights, { loss }) {
    const values = valuesOf(rows);
    const off = (await model.predict(rows, context)).map((value, row) => Math.abs(value - values[row]!));
    const farthest = off.reduce((most, own, row) => (weights[row]! > 0 ? Math.max(most, own) : most), 0);
    return off.map((own) => LOSSES[loss](own / (farthest || 1)));
  },
  worst: () => 0.5,
  boost(error, _rows, { learningRate }) {
    const beta = error / (1 - error);
    return { counts: learningRate * Math.log(1 / beta), factor: (loss) => beta ** ((1 - loss) * learningRate) };
  },
  keepFirst() {},
};

type Tree = ReturnType<typeof decisionTreeRegressor>;
type ModelOf<E> = E extends Estimator<infer M extends FittedRegressor, infer _P, 'values'> ? M : never;

/**
 * `AdaBoostRegressor(estimator)`: a model in each round, of rows drawn again and again, those more often that the one before was far off
 * from, and the median of what the models predict, where a model counts more the nearer it was. Rounds end early with a model that is
 * right about every row, or one that loses half or more. Weights of rows are how likely the first round draws them. A seed draws the
 * rows that it draws in scikit-learn, where the estimator has a seed in both or in neither: scikit-learn draws one for `Ridge`, `Lasso`
 * and `ElasticNet`, too.
 *
 * In a grid and in `--set`, parameters of the estimator are prefixed: `estimator.maxDepth`.
 *
 * @param estimator of one value a row; by default a tree of three splits above a leaf
 * @throws E_PARAMS for invalid options; when training, E_DATA for several values a row
 * @example
 * pipeline('p', fetch(cars), split({ train: [0, 300], test: [300, 400] }), fit(adaBoostRegressor()), score({ on: 'test' }));
 * fit(adaBoostRegressor(decisionTreeRegressor({ maxDepth: 4 }), { loss: 'square', learningRate: 0.5, seed: 1 }));
 */
export function adaBoostRegressor<M extends FittedRegressor = ModelOf<Tree>, P = Tree extends Estimator<infer _M, infer Q, 'values'> ? Q : never>(
  estimator: Estimator<M, P, 'values'> = decisionTreeRegressor({ maxDepth: 3 }) as never,
  options: AdaBoostRegressorOptions = {},
): Estimator<AdaBoostRegressorModel<M>, Required<AdaBoostRegressorOptions> & MemberParams<{ readonly estimator: Estimator<M, P, 'values'> }>> {
  const name = 'adaBoostRegressor';
  const inner = estimator as Estimator<FittedRegressor, never, 'values'>;
  const { estimator: described, told } = combinationOf({ name, kind: 'regressor', schema: params, options }, inner, adaBoostRegressor);
  const boosting: Estimator<AdaBoostRegressorModel<FittedRegressor>, never> = {
    ...(described as Estimator<AdaBoostRegressorModel<FittedRegressor>, never>),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'values');
      checkOneValue(data);
      return trainRounds(inner, rule, data, jobs, told, given, context, (rows) => {
        const known = knownOf(rows, described.takes);
        return (fields) => adaBoostModel({ ...known, ...fields });
      });
    },
  };
  return boosting as never;
}

function checkOneValue({ name, values: { cols } }: Dataset<'train', Features, 'values'>): void {
  if (cols === 1) return;
  throw new PipelineError('E_DATA', `adaBoostRegressor: ${name} has ${cols} values a row; one is needed.`, { hint: 'Fit one model for each value.' });
}
