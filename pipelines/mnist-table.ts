// Kinds of classifiers side by side on the digits: those of scikit-learn's own benchmark (benchmarks/bench_mnist.py), with its options.
// One of them alone is `pipeline run mnist-table --to tree`; few rows, `--rows 1000 --tests 1000 --components 100`.
import {
  branch,
  chain,
  decisionTreeClassifier,
  dummyClassifier,
  extraTreesClassifier,
  fetch,
  fit,
  linearSVC,
  logisticRegression,
  mlpClassifier,
  mnist784,
  nystroem,
  pipeline,
  randomForestClassifier,
  rbfSampler,
  scale,
  score,
  split,
  stage,
  z,
  type Scored,
} from 'pipeline-gpu';

const NAMES = ['baseline', 'tree', 'extraTrees', 'forest', 'nystroem', 'fourier', 'logistic', 'perceptron', 'adam'] as const;

type Branches = Readonly<Record<(typeof NAMES)[number], { readonly score: Scored }>>;

/** The share of test rows that each has wrong, the best first. */
const table = stage({
  id: 'table',
  needs: NAMES,
  provides: ['table'],
  run: (branches: Branches) => ({ table: NAMES.map((name) => [name, 1 - branches[name].score.testAccuracy] as const).toSorted((a, b) => a[1] - b[1]) }),
  output: ({ table }) => ({ testError: Object.fromEntries(table) }),
});

const params = z.strictObject({
  rows: z.int().min(200).max(60_000).default(60_000).describe('rows to train on'),
  tests: z.int().min(100).max(10_000).default(10_000).describe('rows to test on'),
  components: z.int().min(1).default(1000).describe('features that stand in for a kernel'),
});

export default pipeline('mnist-table', { params }, ({ rows, tests, components }) => {
  const seed = 123;
  const layers = { hiddenLayerSizes: [100, 100], maxIter: 400, alpha: 1e-4, tol: 1e-4 };
  const kernel = { gamma: 0.015, nComponents: components, seed };
  const scored = score({ on: 'test' });
  return [
    fetch(mnist784()),
    split({ train: [0, rows], test: [60_000, 60_000 + tests] }),
    scale({ factor: 1 / 255 }),
    branch({
      baseline: [fit(dummyClassifier()), scored],
      tree: [fit(decisionTreeClassifier({ seed })), scored],
      extraTrees: [fit(extraTreesClassifier({ seed })), scored],
      forest: [fit(randomForestClassifier({ seed })), scored],
      nystroem: [fit(chain(nystroem(kernel), linearSVC({ C: 100 }))), scored],
      fourier: [fit(chain(rbfSampler(kernel), linearSVC({ C: 100 }))), scored],
      logistic: [fit(logisticRegression({ C: 1e4, tol: 0.01 })), scored], // by L-BFGS, where scikit-learn's table has SAG
      perceptron: [fit(mlpClassifier({ ...layers, solver: 'sgd', learningRateInit: 0.2, momentum: 0.9, seed: 1 })), scored],
      adam: [fit(mlpClassifier({ ...layers, solver: 'adam', learningRateInit: 0.001, seed: 1 })), scored],
    }),
    table,
  ];
});
