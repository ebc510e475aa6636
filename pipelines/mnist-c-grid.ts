// How much penalty? A grid over C: the folds share each pass over the data, and each C starts where the one before ended.
import { binarize, fetch, gridSearch, logisticRegression, mnist784, pipeline, scale, score, shuffle, split } from 'pipeline-gpu';

export default pipeline(
  'mnist-c-grid',
  fetch(mnist784()),
  split({ train: [0, 60_000], test: [60_000, 70_000] }),
  shuffle({ seed: 42 }),
  binarize({ positive: 2 }),
  scale({ factor: 1 / 255 }),
  gridSearch(logisticRegression({ tol: 1e-3 }), { C: Array.from({ length: 24 }, (_, i) => 10 ** (-4 + (8 * i) / 23)) }, { folds: 3, warmStart: true }),
  score({ on: 'test', scoring: ['accuracy', 'rocAuc', 'f1'] }),
);
