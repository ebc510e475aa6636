// The classic walk-through: is this handwritten digit a 2?
import { binarize, crossValidate, fetch, fit, logisticRegression, mnist784, pipeline, predict, score, show, shuffle, split } from 'pipeline-gpu';

export default pipeline(
  'mnist-2detector',
  fetch(mnist784()), // 70 000 x 784 grey values 0..255, labels 0..9
  show({ row: 36_001 }),
  split({ train: [0, 60_000], test: [60_000, 70_000] }),
  shuffle({ seed: 42 }), // the order of numpy's RandomState(42)
  binarize({ positive: 2 }), // "a 2" or "not a 2"
  fit(logisticRegression({ tol: 0.1 })),
  predict({ row: 36_001 }),
  score({ on: 'test' }),
  crossValidate({ folds: 3, scoring: 'accuracy' }),
);
