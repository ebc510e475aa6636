// What do the other columns say about $target?
import { chain, columns, crossValidate, fetch, fit, impute, oneHot, pipeline, predict, save, score, split, standardize, $estimator } from 'pipeline-gpu';
import { $table } from '../data/$table.ts';

const prepared = columns({
  numbers: [impute({ strategy: 'median' }), standardize()],
  categories: [impute({ strategy: 'mostFrequent' }), oneHot({ handleUnknown: 'ignore' })], // a rare name may be in one part only
});

export default pipeline(
  'first',
  fetch($table),
  split({ test: 0.25, seed: 42, stratify: $stratify }),
  fit(chain(prepared, $estimator())),
  crossValidate({ folds: 5 }),
  score({ on: 'test' }),
  predict({ row: 0 }),
  save('../first.safetensors'),
);
