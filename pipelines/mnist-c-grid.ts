// How much penalty? A grid over C: all points and their folds are columns of one batch and share each pass over the data.
// Every point starts from zero and is trained to the end: at a looser tol, those with little penalty all stop in the same
// place, and with warmStart they stay where the point before them ended.
import { binarize, fetch, gridSearch, logisticRegression, mnist784, pipeline, scale, score, shuffle, split } from 'pipeline-gpu';

export default pipeline(
  'mnist-c-grid',
  fetch(mnist784()),
  split({ train: [0, 60_000], test: [60_000, 70_000] }),
  shuffle({ seed: 42 }),
  binarize({ positive: 2 }),
  scale({ factor: 1 / 255 }),
  gridSearch(logisticRegression({ tol: 1e-4, maxIter: 300 }), { C: Array.from({ length: 9 }, (_, i) => 10 ** (i / 2 - 3)) }, { folds: 3 }),
  score({ on: 'test', scoring: ['accuracy', 'rocAuc', 'f1'] }),
);
