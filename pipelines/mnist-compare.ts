// Three models on one split, side by side, and a stage that joins them: which detector of 2s ranks best?
import { binarize, branch, fetch, fit, logisticRegression, mnist784, pipeline, score, shuffle, split, stage, standardize, type Scored } from 'pipeline-gpu';

type Branch = { readonly score: Scored };
type Branches = { readonly plain: Branch; readonly tame: Branch; readonly level: Branch };

/** The branch with the largest area under its ROC curve. */
const best = stage({
  id: 'best',
  needs: ['plain', 'tame', 'level'],
  provides: ['best'],
  run: (branches: Branches) => {
    const ranked = Object.entries(branches).toSorted(([, a], [, b]) => b.score.scores.rocAuc! - a.score.scores.rocAuc!);
    return { best: ranked.map(([name, { score }]) => ({ name, rocAuc: score.scores.rocAuc!, accuracy: score.testAccuracy })) };
  },
  output: ({ best }) => ({ best: best[0]!.name, ranked: best }),
});

const scored = score({ on: 'test', scoring: ['accuracy', 'rocAuc'] });

export default pipeline(
  'mnist-compare',
  fetch(mnist784()),
  split({ train: [0, 20_000], test: [60_000, 70_000] }),
  shuffle({ seed: 42 }),
  binarize({ positive: 2 }),
  branch({
    plain: [fit(logisticRegression({ tol: 0.1 })), scored],
    tame: [fit(logisticRegression({ tol: 0.1, C: 1e-4, classWeight: 'balanced' })), scored],
    level: [standardize(), fit(logisticRegression({ tol: 1e-3, maxIter: 50 })), scored],
  }),
  best,
);
