// Every scorer by what it scores: what it needs to see, how it is computed, and when the rows do not define it.
import type { ClustersEvaluation, Evaluation, IndicatorsEvaluation, Need, OutliersEvaluation, ValuesEvaluation } from '../dsl/estimator.ts';
import { averaged, figuresOf, indicatorCounts, matthewsOf, meanOf, presentIn, type Figure } from './averages.ts';
import { adjustedRand } from './clustering.ts';
import { accuracy, balancedAccuracy, f1, precision, recall } from './confusion.ts';
import { brierScore, logLoss } from './probability.ts';
import { averagePrecision, rocAuc } from './ranking.ts';
import * as values from './regression.ts';
import { againstOthers, columnOf, oneVsOneAuc, oneVsRest, topKAccuracy } from './severalClasses.ts';
import * as why from './undefinedScores.ts';

export interface Scorer<E> {
  /** Absent for what every evaluation has. */
  readonly need?: Need;
  /** What it reads of each row, where that may be missing. */
  readonly sees?: 'decisions' | 'probabilities';
  /** Only for two classes. */
  readonly binary?: true;
  readonly score: (evaluation: E) => number;
  /** Where the rows do not define it. */
  readonly unless?: (evaluation: E) => why.UndefinedScore | undefined;
}

type OfClasses = Scorer<Evaluation>;
type OfLabels = Scorer<IndicatorsEvaluation>;
type Averages = 'Macro' | 'Micro' | 'Weighted';

/** `f1Macro`, `f1Micro`, `f1Weighted` of classes, each over those that a row has or is predicted as. */
function averagesOf<F extends Figure>(figure: F): { readonly [K in `${F}${Averages}`]: OfClasses } {
  const scorer = (average: 'macro' | 'micro' | 'weighted'): OfClasses => ({
    score: ({ counts }) => averaged(figure, average, presentIn(counts)),
    ...(average === 'micro' ? {} : { unless: (evaluation) => why.partlyUndefined(figure, evaluation) }),
  });
  return { [`${figure}Macro`]: scorer('macro'), [`${figure}Micro`]: scorer('micro'), [`${figure}Weighted`]: scorer('weighted') } as never;
}

/** The same of several labels, and the mean over rows. */
function labelAveragesOf<F extends Figure>(figure: F): { readonly [K in `${F}${Averages | 'Samples'}`]: OfLabels } {
  const scorer = (average: 'macro' | 'micro' | 'weighted'): OfLabels => ({
    score: ({ truth, predicted, labels }) => averaged(figure, average, indicatorCounts(truth, predicted, labels, 'label')),
    unless: ({ truth, predicted, labels }) => why.undefinedLabels(figure, average, indicatorCounts(truth, predicted, labels, 'label')),
  });
  const samples: OfLabels = {
    score: ({ truth, predicted, labels }) =>
      meanOf(figuresOf(figure, indicatorCounts(truth, predicted, labels, 'row')).map((one) => (Number.isNaN(one) ? 0 : one))),
    unless: ({ truth, predicted, labels }) => why.undefinedRows(figure, indicatorCounts(truth, predicted, labels, 'row')),
  };
  return {
    [`${figure}Macro`]: scorer('macro'),
    [`${figure}Micro`]: scorer('micro'),
    [`${figure}Weighted`]: scorer('weighted'),
    [`${figure}Samples`]: samples,
  } as never;
}

/** ROC AUC of more than two classes, by their probabilities; of two, that of the second. */
function manyAuc(of: (truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number) => number): OfClasses {
  return {
    need: 'decisions',
    sees: 'probabilities',
    score: ({ truth, probabilities, classes }) =>
      classes.length === 2 ? rocAuc(truth!, columnOf(probabilities!, 2, 1)) : of(truth!, probabilities!, classes.length),
    unless: why.someAbsent,
  };
}

const ovr = (average: 'macro' | 'weighted'): OfClasses =>
  manyAuc((truth, probabilities, classes) => oneVsRest(againstOthers(truth, classes), probabilities, average, rocAuc));
const ovo = (average: 'macro' | 'weighted'): OfClasses => manyAuc((truth, probabilities, classes) => oneVsOneAuc(truth, probabilities, classes, average));

// The log loss of rows of one class is defined: its labels are those of the model (`log_loss(..., labels=classes)`).
export const classScorers = {
  accuracy: { score: ({ counts }) => accuracy(counts) },
  balancedAccuracy: { score: ({ counts }) => balancedAccuracy(counts) },
  precision: { binary: true, score: ({ counts }) => precision(counts), unless: why.noneSaid },
  recall: { binary: true, score: ({ counts }) => recall(counts), unless: why.noneOfClass },
  f1: { binary: true, score: ({ counts }) => f1(counts), unless: why.neither },
  jaccard: { binary: true, score: ({ counts }) => figuresOf('jaccard', counts)[1]!, unless: why.neither },
  ...averagesOf('precision'),
  ...averagesOf('recall'),
  ...averagesOf('f1'),
  ...averagesOf('jaccard'),
  matthewsCorrcoef: { score: ({ counts }) => matthewsOf(counts) },
  rocAuc: { need: 'decisions', sees: 'decisions', binary: true, score: ({ truth, decisions }) => rocAuc(truth!, decisions!), unless: why.oneClass },
  rocAucOvr: ovr('macro'),
  rocAucOvrWeighted: ovr('weighted'),
  rocAucOvo: ovo('macro'),
  rocAucOvoWeighted: ovo('weighted'),
  averagePrecision: {
    need: 'decisions',
    sees: 'decisions',
    score: ({ truth, decisions, classes }) =>
      classes.length === 2 ? averagePrecision(truth!, decisions!) : oneVsRest(againstOthers(truth!, classes.length), decisions!, 'macro', averagePrecision),
    unless: (evaluation) => (evaluation.classes.length === 2 ? (why.unseenOfTwo(evaluation) ?? why.noneOfClass(evaluation)) : why.someAbsent(evaluation)),
  },
  topKAccuracy: {
    need: 'decisions',
    sees: 'decisions',
    score: ({ truth, decisions, classes }) => (classes.length === 2 ? 1 : topKAccuracy(truth!, decisions!, classes.length, 2)),
    unless: why.unseenProbability,
  },
  negLogLoss: {
    need: 'decisions',
    sees: 'probabilities',
    score: ({ truth, probabilities, classes }) => -logLoss(truth!, probabilities!, classes.length),
    unless: why.unseenProbability,
  },
  negBrierScore: {
    need: 'decisions',
    sees: 'probabilities',
    score: ({ truth, probabilities, classes }) => -brierScore(truth!, probabilities!, classes.length),
    unless: why.unseenProbability,
  },
} as const satisfies Record<string, OfClasses>;

export const valueScorers = {
  r2: { score: values.r2, unless: why.oneRow },
  explainedVariance: { score: values.explainedVariance },
  negMaxError: { score: (one) => -values.maxError(one), unless: why.severalOutputs },
  negMeanSquaredError: { score: (one) => -values.meanSquaredError(one) },
  negRootMeanSquaredError: { score: (one) => -values.rootMeanSquaredError(one) },
  negMeanAbsoluteError: { score: (one) => -values.meanAbsoluteError(one) },
  negMedianAbsoluteError: { score: (one) => -values.medianAbsoluteError(one) },
  negMeanAbsolutePercentageError: { score: (one) => -values.meanAbsolutePercentageError(one) },
  negMeanPoissonDeviance: { score: (one) => -values.meanPoissonDeviance(one), unless: why.noCounts },
} as const satisfies Record<string, Scorer<ValuesEvaluation>>;

const truths = ({ truth, labels }: IndicatorsEvaluation): readonly Float64Array[] =>
  Array.from({ length: labels }, (_, label) => columnOf(truth, labels, label));

export const indicatorScorers = {
  /** Share of rows whose labels are all predicted right. */
  accuracy: {
    score: ({ truth, predicted, labels }) => {
      let right = 0;
      for (let begin = 0; begin < truth.length; begin += labels)
        if (truth.subarray(begin, begin + labels).every((bit, i) => bit === predicted[begin + i])) right++;
      return (right * labels) / truth.length;
    },
  },
  negHammingLoss: { score: ({ truth, predicted }) => -truth.reduce((wrong, bit, i) => wrong + Number(bit !== predicted[i]), 0) / truth.length },
  ...labelAveragesOf('precision'),
  ...labelAveragesOf('recall'),
  ...labelAveragesOf('f1'),
  ...labelAveragesOf('jaccard'),
  rocAuc: { need: 'decisions', sees: 'decisions', score: (one) => oneVsRest(truths(one), one.decisions!, 'macro', rocAuc), unless: why.labelOfOneKind },
  averagePrecision: {
    need: 'decisions',
    sees: 'decisions',
    score: (one) => oneVsRest(truths(one), one.decisions!, 'macro', averagePrecision),
    unless: why.labelOfNoRow,
  },
} as const satisfies Record<string, OfLabels>;

export const clusterScorers = {
  negInertia: { score: ({ inertia }) => -inertia },
  adjustedRand: { score: ({ contingency }) => (contingency ? adjustedRand(contingency) : NaN), unless: why.noClasses },
} as const satisfies Record<string, Scorer<ClustersEvaluation>>;

export const outlierScorers = {
  inlierShare: { score: ({ decisions }) => decisions.reduce((inliers, decision) => inliers + Number(decision > 0), 0) / decisions.length },
  meanDecision: { score: ({ decisions }) => decisions.reduce((sum, decision) => sum + decision, 0) / decisions.length },
} as const satisfies Record<string, Scorer<OutliersEvaluation>>;
