// How sure is a mean score? The same cross-validation on folds drawn by five seeds, and how far their means lie apart.
import { binarize, crossValidate, fanOut, fetch, fit, logisticRegression, mnist784, pipeline, split, stage, type CrossValidated } from 'pipeline-gpu';

type Seeds = { readonly seeds: readonly { readonly crossValidation: CrossValidated }[] };

/** Mean and standard deviation (n - 1) of what the seeds gave. */
const spread = stage({
  id: 'spread',
  needs: ['seeds'],
  provides: ['spread'],
  run: ({ seeds }: Seeds) => {
    const means = seeds.map(({ crossValidation }) => crossValidation.meanScore);
    const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
    const deviation = Math.sqrt(means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (means.length - 1));
    return { spread: { mean, deviation, means } };
  },
  output: ({ spread }) => spread,
});

export default pipeline(
  'mnist-seeds',
  fetch(mnist784()),
  split({ train: [0, 6_000], test: [60_000, 70_000] }),
  binarize({ positive: 2 }),
  fit(logisticRegression({ tol: 0.1 })),
  fanOut('seeds', [1, 2, 3, 4, 5], (shuffleSeed) => [crossValidate({ folds: 3, shuffleSeed })]),
  spread,
);
