// The class that most of the nearest rows have. As scikit-learn 1.9's KNeighborsClassifier (Fix and Hodges 1951; Cover and Hart
// 1967), by Euclidean distance.
import type { Labels } from '../../core/data/labels.ts';
import { defineEstimator } from '../define/define.ts';
import { eachNeighbor, neighborsOf } from './neighbors.ts';
import { params, rememberRows, type KNeighborsOptions, type NeighborsFields } from './params.ts';

export interface Fields extends NeighborsFields {
  /** Position of each row's class, `[rows of x]`. */
  readonly codes: Labels;
}

/**
 * Predicts the class that most of the `nNeighbors` nearest training rows have, as scikit-learn 1.9's `KNeighborsClassifier`. Scale
 * features first: distances add up all columns.
 *
 * `predictProba` gives each class's share of the neighbours' votes, `[rows][classes]`. `decisionFunction` gives the same, or for two
 * classes how much more the second has. If classes tie, the first is predicted. If rows are equally far away, those that come first in
 * the training rows are the neighbours; scikit-learn's choice among them depends on its algorithm.
 *
 * The model is the training rows: its file is as large as they are. Distances of bytes are exact. For all other rows the device finds
 * candidates in f32, and float64 decides among them. All points of a grid share one pass over each fold.
 *
 * @throws E_PARAMS for invalid options; E_CLASS for fewer than two classes; E_DATA for fewer rows than neighbours, rows with
 *   weights, and features that are not finite
 * @example
 * pipeline('p', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(kNeighborsClassifier({ nNeighbors: 3 })), score({ on: 'test' }));
 */
export const kNeighborsClassifier = defineEstimator<KNeighborsOptions>()({
  name: 'kNeighborsClassifier',
  kind: 'classifier',
  params,
  async trainTogether(rows, models, folds) {
    const fields = await rememberRows('kNeighborsClassifier', rows, models, folds);
    return fields.map((own): Fields => ({ ...own, codes: rows.codes }));
  },
  async scores(model, rows, context) {
    const classes = model.classes.length;
    const votes = new Float64Array(rows.rows.length * classes);
    eachNeighbor(model, await neighborsOf(model, rows, context), (row, id, weight) => (votes[row * classes + model.codes[id]!]! += weight));
    const shares = sharesOf(votes, classes);
    return classes === 2 ? Float64Array.from({ length: rows.rows.length }, (_, row) => shares[2 * row + 1]! - shares[2 * row]!) : shares;
  },
  response: 'probabilities',
  probabilities: (scores, { classes }) =>
    classes.length === 2 ? Float64Array.from({ length: scores.length * 2 }, (_, at) => (1 + (at % 2 === 1 ? 1 : -1) * scores[at >> 1]!) / 2) : scores,
  summary: ({ rows, x }) => ({ rows: rows?.length ?? x.rows }),
});

/** Parts of the sum of each row, in place. */
function sharesOf(votes: Float64Array, columns: number): Float64Array {
  for (let at = 0; at < votes.length; at += columns) {
    const own = votes.subarray(at, at + columns);
    const sum = own.reduce((sum, vote) => sum + vote, 0);
    own.forEach((vote, c) => (own[c] = vote / sum));
  }
  return votes;
}
