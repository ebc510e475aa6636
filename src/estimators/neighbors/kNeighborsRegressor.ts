// The mean of the nearest rows' values. As scikit-learn 1.9's KNeighborsRegressor, by Euclidean distance.
import { valuesOf } from '../../core/data/dataset.ts';
import { defineEstimator } from '../define/define.ts';
import { eachNeighbor, neighborsOf } from './neighbors.ts';
import { params, rememberRows, type KNeighborsOptions, type NeighborsFields } from './params.ts';

export interface Fields extends NeighborsFields {
  readonly outputs: number;
  /** `[rows of x][outputs]` */
  readonly values: Float64Array;
}

/**
 * Predicts, for each output, the mean of the values of the `nNeighbors` nearest training rows, as scikit-learn 1.9's
 * `KNeighborsRegressor`. What `kNeighborsClassifier` says about neighbours applies here too.
 *
 * @throws E_PARAMS for invalid options; E_DATA for fewer rows than neighbours, rows with weights, and features that are not finite
 * @example
 * pipeline('p', fetch(cars), split({ train: [0, 300], test: [300, 400] }), fit(chain(standardize(), kNeighborsRegressor())), score({ on: 'test' }));
 */
export const kNeighborsRegressor = defineEstimator<KNeighborsOptions>()({
  name: 'kNeighborsRegressor',
  kind: 'regressor',
  params,
  async trainTogether(rows, models, folds) {
    const fields = await rememberRows('kNeighborsRegressor', rows, models, folds);
    const values = valuesOf(rows);
    return fields.map((own): Fields => ({ ...own, outputs: rows.values.cols, values }));
  },
  outputs: ({ outputs }) => outputs,
  async scores(model, rows, context) {
    const { outputs, values } = model;
    const sums = new Float64Array(rows.rows.length * outputs);
    const counted = new Float64Array(rows.rows.length);
    eachNeighbor(model, await neighborsOf(model, rows, context), (row, id, weight) => {
      counted[row]! += weight;
      for (let j = 0; j < outputs; j++) sums[row * outputs + j]! += weight * values[id * outputs + j]!;
    });
    return sums.map((sum, at) => sum / counted[Math.floor(at / outputs)]!);
  },
  summary: ({ rows, x }) => ({ rows: rows?.length ?? x.rows }),
});
