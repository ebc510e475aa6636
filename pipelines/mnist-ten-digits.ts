// Which digit is it? Softmax regression over all ten classes.
import { fetch, fit, logisticRegression, mnist784, pipeline, predict, scale, score, show, split } from 'pipeline-gpu';

export default pipeline(
  'mnist-ten-digits',
  fetch(mnist784()),
  show({ row: 36_001 }),
  split({ train: [0, 60_000], test: [60_000, 70_000] }),
  scale({ factor: 1 / 255 }),
  fit(logisticRegression()),
  predict({ row: 36_001 }),
  score({ on: 'test', scoring: ['accuracy', 'balancedAccuracy', 'negLogLoss'] }),
);
