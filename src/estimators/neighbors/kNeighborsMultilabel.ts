// The labels that most of the nearest rows have, each label separately. As scikit-learn 1.9's KNeighborsClassifier with several labels.
import { defineEstimator } from '../define/define.ts';
import { eachNeighbor, neighborsOf } from './neighbors.ts';
import { params, rememberRows, type KNeighborsOptions, type NeighborsFields } from './params.ts';

export interface Fields extends NeighborsFields {
  readonly labels: number;
  /** 1 where a row has a label, `[rows of x][labels]`. */
  readonly indicators: Uint8Array;
}

/**
 * Predicts the labels that more than half of the `nNeighbors` nearest training rows have, as scikit-learn 1.9's `KNeighborsClassifier`
 * does for several labels. What `kNeighborsClassifier` says about neighbours applies here too.
 *
 * `decisionFunction` gives, for each label, the share of votes for it minus the share against it, -1 to 1, `[rows][labels]`.
 *
 * @throws E_PARAMS for invalid options; E_DATA for fewer rows than neighbours, rows with weights, and features that are not finite
 * @example
 * kNeighborsMultilabel({ nNeighbors: 4, weights: 'distance' }); // for fit(...), crossValidate() and gridSearch(...)
 */
export const kNeighborsMultilabel = defineEstimator<KNeighborsOptions>()({
  name: 'kNeighborsMultilabel',
  kind: 'multilabel',
  params,
  async trainTogether(rows, models, folds) {
    const fields = await rememberRows('kNeighborsMultilabel', rows, models, folds);
    const { cols: labels, data } = rows.indicators;
    const indicators = Uint8Array.from({ length: rows.rows.length * labels }, (_, at) => data[rows.rows[Math.floor(at / labels)]! * labels + (at % labels)]!);
    return fields.map((own): Fields => ({ ...own, labels, indicators }));
  },
  outputs: ({ labels }) => labels,
  async scores(model, rows, context) {
    const { labels, indicators } = model;
    const more = new Float64Array(rows.rows.length * labels);
    const counted = new Float64Array(rows.rows.length);
    eachNeighbor(model, await neighborsOf(model, rows, context), (row, id, weight) => {
      counted[row]! += weight;
      for (let j = 0; j < labels; j++) more[row * labels + j]! += indicators[id * labels + j] ? weight : -weight;
    });
    return more.map((sum, at) => sum / counted[Math.floor(at / labels)]!);
  },
  summary: ({ rows, x }) => ({ rows: rows?.length ?? x.rows }),
});
