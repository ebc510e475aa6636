// Which of two groups does a point belong to?
import { crossValidate, fetch, fit, logisticRegression, pipeline, score, shuffle, split } from 'pipeline-gpu';
import { points } from '../data/points.ts';
import { classCounts } from '../stages/classCounts.ts';

export default pipeline(
  'first',
  fetch(points), // 120 x 2, labels 0 and 1
  split({ train: [0, 90], test: [90, 120] }),
  shuffle({ seed: 42 }),
  classCounts,
  fit(logisticRegression()),
  score({ on: 'test' }),
  crossValidate({ folds: 3 }),
);
