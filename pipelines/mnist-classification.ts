// The classification of digits as textbooks go through it, from a baseline to 97 percent: a branch for each step, and each can be run
// alone, as in `pipeline run mnist-classification --to detector`.
import {
  augment,
  binarize,
  branch,
  classifierChain,
  crossValidate,
  crossValPredict,
  defaultRng,
  dummyClassifier,
  f1Score,
  fetch,
  fit,
  gridSearch,
  kNeighbors,
  kNeighborsClassifier,
  kNeighborsMultilabel,
  matrix,
  mnist784,
  multilabel,
  oneVsRest,
  pairDecisions,
  pipeline,
  precisionScore,
  predict,
  randomForestClassifier,
  recallScore,
  rocAucScore,
  score,
  sgdClassifier,
  show,
  split,
  stage,
  standardize,
  svc,
  takeRows,
  threshold,
  z,
  type Classifier,
  type CrossValPredicted,
  type Dataset,
  type Fetched,
  type Matrix,
  type Multilabel,
  type NeighborsModel,
  type OneVsRestModel,
  type Searched,
  type Split,
  type SvcModel,
} from 'pipeline-gpu';

const folds = { folds: 3 } as const;

/** "A 5" or "not a 5". */
const fives = binarize({ positive: 5 });

interface HeldOut {
  readonly crossValPrediction: CrossValPredicted<Classifier>;
}

/** Columns of mean 0 and deviation 1. */
const oneScale = standardize();

/** What rows say by models that were not fitted on them: of those called 5, how many are; of the 5s, how many were found. */
const heldOut = stage({
  id: 'held-out',
  needs: ['crossValPrediction'],
  provides: ['heldOut5'],
  run: ({ crossValPrediction: { evaluation } }: HeldOut) => {
    const { truth, predicted } = evaluation;
    return { heldOut5: { precision: precisionScore(truth, predicted), recall: recallScore(truth, predicted), f1: f1Score(truth, predicted) } };
  },
  output: ({ heldOut5 }) => heldOut5,
});

/** The area under the ROC curve. */
const area = stage({
  id: 'area',
  needs: ['crossValPrediction'],
  provides: ['rocAuc'],
  run: ({ crossValPrediction: { evaluation } }: HeldOut) => ({ rocAuc: rocAucScore(evaluation.truth, evaluation.decisions) }),
  output: (added) => added,
});

/** Of the pictures that a model takes for 5s with 50 to 60 percent, how many are. */
const halfSure = stage({
  id: 'half-sure',
  needs: ['crossValPrediction'],
  provides: ['halfSure'],
  run: ({ crossValPrediction: { evaluation } }: HeldOut) => {
    const share = (row: number): number => evaluation.probabilities![row * 2 + 1]!;
    const are = [...evaluation.truth].filter((_, row) => share(row) >= 0.5 && share(row) < 0.6);
    return { halfSure: are.reduce((sum, is) => sum + is, 0) / are.length };
  },
  output: (added) => added,
});

const firstRow = (train: Dataset<'train'>): Dataset<'train'> => ({ ...train, rows: train.rows.subarray(0, 1) });

/** What a model says of the first row, by digit. */
const decisions = stage({
  id: 'decisions',
  needs: ['train', 'model'],
  provides: ['decisions'],
  run: async ({ train, model }: Pick<Split, 'train'> & { readonly model: SvcModel | OneVsRestModel<SvcModel> }, context) => ({
    decisions: [...(await model.decisionFunction(firstRow(train), context))],
  }),
  output: (added) => added,
});

/** What support vectors say of it, by pair of digits. */
const pairs = stage({
  id: 'pairs',
  needs: ['train', 'model'],
  provides: ['pairs'],
  run: async ({ train, model }: Pick<Split, 'train'> & { readonly model: SvcModel }, context) => ({
    pairs: [...(await pairDecisions(model, firstRow(train), context)).data],
  }),
  output: (added) => added,
});

/** Of the pictures of each digit, and of those taken for it, how many are which other; pictures of 3s and 5s that are mixed up. */
const mistakes = stage({
  id: 'mistakes',
  needs: ['train', 'crossValPrediction'],
  provides: ['mistakes'],
  run: async ({ train, crossValPrediction: { evaluation } }: Pick<Split, 'train'> & HeldOut, { emit, stage }) => {
    const { truth, predicted } = evaluation;
    const confusion = evaluation.confusion!;
    for (const [is, said] of [[3, 5] as const, [5, 3] as const]) {
      const wrong = train.rows.filter((_, i) => truth[i] === is && predicted[i] === said).subarray(0, 6);
      const { data } = await takeRows(train.x, wrong);
      wrong.forEach((row, i) => {
        const pixels = Uint8Array.from(data.subarray(i * 784, (i + 1) * 784));
        const caption = `row ${row}: ${is}, predicted ${said}`;
        emit({ type: 'picture', stage, of: 'mistake', picture: { kind: 'ink', width: 28, height: 28, pixels, caption } });
      });
    }
    const shares = (counts: readonly number[], digit: number) => {
      const all = counts.reduce((a, b) => a + b);
      return counts.map((count, other) => (other === digit ? 0 : count / all));
    };
    const takenFor = confusion.map((_, digit) => confusion.map((counts) => counts[digit]!));
    return { mistakes: { ofDigit: confusion.map(shares), ofTakenFor: takenFor.map(shares) } };
  },
  output: ({ mistakes }) => mistakes,
});

/** Two labels a digit: is it large, is it odd? */
const twoLabels = multilabel({ labels: { large: [7, 8, 9], odd: [1, 3, 5, 7, 9] } });

/** The F1 of both labels: their mean, and their mean by how many rows have them. */
const f1OfLabels = stage({
  id: 'f1-of-labels',
  needs: ['crossValPrediction'],
  provides: ['f1'],
  run: ({ crossValPrediction: { evaluation } }: { readonly crossValPrediction: CrossValPredicted<Multilabel> }) => {
    const [truth, predicted] = [evaluation.truth, evaluation.predicted].map((bits) => matrix(bits.length / 2, 2, bits)) as [Matrix<'u8'>, Matrix<'u8'>];
    return { f1: { f1Macro: f1Score(truth, predicted, { average: 'macro' }), f1Weighted: f1Score(truth, predicted, { average: 'weighted' }) } };
  },
  output: ({ f1 }) => f1,
});

/** Adds noise from 0 to 99 to each pixel: more than a byte holds. */
const noise = stage({
  id: 'noise',
  needs: ['data', 'train', 'test'],
  provides: ['data', 'clean', 'largest'],
  run: ({ data, train, test }: Fetched & Split) => {
    const { rows, cols, data: pixels } = data.x as Matrix<'u8'>;
    const noisy = Uint16Array.from(pixels);
    const rng = defaultRng(42);
    for (const row of [...train.rows, ...test.rows]) for (let at = row * cols; at < (row + 1) * cols; at++) noisy[at]! += rng.integers(100);
    return { clean: data, data: { ...data, x: matrix(rows, cols, noisy) }, largest: noisy.reduce((a, b) => Math.max(a, b)) };
  },
  output: ({ largest }) => ({ largest }),
});

/** Each pixel as most of the five nearest noisy pictures have it without their noise. */
const denoise = stage({
  id: 'denoise',
  needs: ['clean', 'train', 'test', 'model'],
  provides: ['denoised'],
  run: async ({ clean, train, test, model }: { readonly clean: Dataset<'all'> } & Split & { readonly model: NeighborsModel }, context) => {
    const { indices } = await kNeighbors(model, test, context);
    const [known, wanted] = [await takeRows(clean.x, train.rows), await takeRows(clean.x, test.rows)];
    const nearest = indices.length / wanted.rows;
    const denoised = Uint8Array.from(wanted.data, (_, at) => {
      const [row, pixel] = [Math.floor(at / 784), at % 784];
      return mostOften(Array.from(indices.subarray(row * nearest, (row + 1) * nearest), (one) => known.data[one * 784 + pixel]!));
    });
    for (const [caption, pixels] of Object.entries({ denoised, wanted: Uint8Array.from(wanted.data) }))
      context.emit({
        type: 'picture',
        stage: context.stage,
        of: 'row',
        picture: { kind: 'ink', width: 28, height: 28, pixels: pixels.slice(0, 784), caption },
      });
    const away = denoised.reduce((sum, value, at) => sum + Math.abs(value - wanted.data[at]!), 0);
    return { denoised: { meanAbsoluteError: away / denoised.length, row0Sum: denoised.subarray(0, 784).reduce((a, b) => a + b) } };
  },
  output: ({ denoised }) => denoised,
});

/** The value that stands most often in a list, the smallest of several. */
function mostOften(values: readonly number[]): number {
  const count = (value: number): number => values.filter((other) => other === value).length;
  return values.toSorted((a, b) => a - b).reduce((best, value) => (count(value) > count(best) ? value : best));
}

/** The best of a search, fitted on all training rows. */
const best = stage({
  id: 'best',
  needs: ['train', 'search'],
  provides: ['model'],
  run: async ({ train, search }: Pick<Split, 'train'> & { readonly search: Searched<{ nNeighbors: number; weights: 'uniform' | 'distance' }> }, context) => {
    const [fitted] = await kNeighborsClassifier(search.bestParams).train(train, [{ name: 'best' }], {}, context);
    return { model: fitted!.model };
  },
});

const params = z.strictObject({
  rows: z.int().min(300).max(60_000).default(60_000).describe('rows to train on'),
  passes: z.int().min(1).default(1000).describe('most passes of stochastic gradient descent'),
  tests: z.int().min(200).max(10_000).default(10_000).describe('rows to test on'),
});

export default pipeline('mnist-classification', { params }, ({ rows, tests, passes }) => {
  const sgd = sgdClassifier({ seed: 42, maxIter: passes });
  const first = (count: number, asked = tests) => split({ train: [0, Math.min(rows, count)], test: [60_000, 60_000 + asked] });
  const all = first(60_000);
  const few = first(2000);
  return [
    fetch(mnist784()),
    show({ row: 0 }),
    all,
    branch({
      // Nine digits of ten are no 5: whoever says so of all is right for nine of ten.
      baseline: [fives, crossValidate(dummyClassifier(), folds)],
      detector: [fives, fit(sgd), predict({ row: 0 }), crossValidate(folds)],
      confusion: [fives, crossValPredict(sgd, folds), heldOut],
      tradeOff: [fives, fit(sgd), crossValPredict(folds), threshold({ precision: 0.9 })],
      curves: [
        fives,
        branch({
          sgd: [crossValPredict(sgd, folds), area],
          forest: [crossValPredict(randomForestClassifier({ seed: 42 }), folds), area, heldOut, halfSure],
        }),
      ],
      supportVectors: [few, fit(svc()), predict({ row: 0 }), decisions, pairs],
      oneVsRest: [few, fit(oneVsRest(svc())), predict({ row: 0 }), decisions], // ten models in place of 45 pairs
      raw: [crossValidate(sgd, folds)],
      scaled: [oneScale, crossValidate(sgd, folds)],
      errors: [oneScale, crossValPredict(sgd, folds), mistakes],
      severalLabels: [twoLabels, crossValPredict(kNeighborsMultilabel(), folds), f1OfLabels],
      chain: [few, twoLabels, fit(classifierChain(svc(), folds)), predict({ row: 0 })],
      denoising: [noise, first(6000, 200), fit(kNeighborsClassifier()), denoise],
      neighbors: [fit(kNeighborsClassifier()), score({ on: 'test' })],
      search: [
        first(10_000),
        gridSearch(kNeighborsClassifier(), { nNeighbors: [3, 4, 5, 6], weights: ['uniform', 'distance'] }, { folds: 5 }),
        all,
        best,
        score({ on: 'test' }),
      ],
      // Five times the rows, of which none is stored twice.
      shifted: [
        augment({
          shifts: [
            [0, -1],
            [0, 1],
            [-1, 0],
            [1, 0],
          ],
        }),
        fit(kNeighborsClassifier({ nNeighbors: 4, weights: 'distance' })),
        score({ on: 'test' }),
      ],
    }),
  ];
});
