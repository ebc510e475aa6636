// Ten detectors, one for each digit, and their cross-validation: forty models in one pass over the data.
import { crossValidate, fetch, fit, logisticRegression, mnist784, oneVsRest, pipeline, predict, scale, score, shuffle, split } from 'pipeline-gpu';

export default pipeline(
  'mnist-ten-detectors',
  fetch(mnist784()),
  split({ train: [0, 60_000], test: [60_000, 70_000] }),
  shuffle({ seed: 42 }),
  scale({ factor: 1 / 255 }),
  fit(oneVsRest(logisticRegression({ tol: 1e-3, maxIter: 50 }))),
  predict({ row: 36_001 }),
  score({ on: 'test' }),
  crossValidate({ folds: 3 }),
);
