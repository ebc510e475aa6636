// Scores of decisions and probabilities, equal to scikit-learn's of the same names.
import type { ClassName } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { brierScore, logLoss as meanLogLoss } from '../probability.ts';
import { averagePrecision, rocAuc, thresholds } from '../ranking.ts';
import { againstOthers, oneVsOneAuc, oneVsRest, topKAccuracy } from '../severalClasses.ts';
import { checkRows, classesIn, codesOf, positiveIn, type Weighted } from './coded.ts';

export interface RankingOptions extends Weighted {
  /** The class that scores speak for, of two; by default the second. */
  readonly positive?: ClassName | undefined;
}

/** Codes, and how many scores each row has: one for two classes. */
interface Scored {
  readonly truth: ArrayLike<number>;
  readonly classes: number;
}

/** @param scores `[rows]` of the positive one of two classes, or `[rows][classes]` */
function scored(
  owner: string,
  truth: ArrayLike<ClassName>,
  scores: ArrayLike<number>,
  { weights, positive, classes: given }: RankingOptions & { readonly classes?: readonly ClassName[] | undefined },
): Scored {
  checkRows(owner, truth.length, { weights: weights?.length });
  const nan = Array.from(scores).findIndex(Number.isNaN);
  if (nan !== -1) throw new PipelineError('E_DATA', `${owner}: score ${nan} is NaN.`, { hint: 'Leave out rows that have no score.' });
  if (weights && !Array.from(weights).some((weight) => weight > 0))
    throw new PipelineError('E_DATA', `${owner}: no row has a weight above 0.`, { hint: 'Leave weights out, or give some rows weight.' });
  const classes = given ?? classesIn(truth);
  const odd = classesIn(truth).find((one) => !classes.includes(one));
  if (odd !== undefined) {
    throw new PipelineError('E_CLASS', `${owner}: rows have ${JSON.stringify(odd)}, which is none of classes.`, {
      hint: 'Give all classes, in the order of the scores.',
    });
  }
  if (scores.length === truth.length && classes.length <= 2) {
    const one = positiveIn(owner, classes, positive);
    return { truth: Uint8Array.from({ length: truth.length }, (_, row) => Number(truth[row] === one)), classes: 2 };
  }
  if (scores.length !== truth.length * classes.length) {
    throw new PipelineError('E_SHAPE', `${owner}: ${scores.length} scores arrived for ${truth.length} rows of ${classes.length} classes.`, {
      hint: 'Give [rows][classes] scores, or one a row for two classes; where rows lack some classes, name all: classes: [0, 1, 2].',
    });
  }
  return { truth: codesOf(classes, truth), classes: classes.length };
}

export interface RocAucOptions extends RankingOptions {
  /** Of more than two classes, which has no default: each against all others (`'ovr'`), or each against each (`'ovo'`). */
  readonly multiClass?: 'ovr' | 'ovo' | undefined;
  /** Mean over classes or pairs: `'macro'` (default), or `'weighted'` by how many rows they have. */
  readonly average?: 'macro' | 'weighted' | undefined;
}

/**
 * `roc_auc_score`: how often a row of the class has a higher score than one of another; NaN where a class has no rows.
 *
 * @param scores `[rows]` for two classes, else probabilities, `[rows][classes]`
 * @throws E_PARAMS for more than two classes without `multiClass`, and for `'ovo'` with weights
 * @example
 * rocAucScore([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // 0.75
 */
export function rocAucScore(truth: ArrayLike<ClassName>, scores: ArrayLike<number>, options: RocAucOptions = {}): number {
  const { multiClass, average = 'macro', weights } = options;
  const found = scored('rocAucScore', truth, scores, options);
  if (found.classes === 2 && scores.length === truth.length) return rocAuc(found.truth, scores, weights);
  if (multiClass === undefined)
    throw new PipelineError('E_PARAMS', `rocAucScore: rows have ${found.classes} classes.`, {
      hint: found.classes === 2 ? 'Give one score a row, of the second class.' : "Say which to compare: multiClass: 'ovr', or 'ovo'.",
    });
  if (multiClass === 'ovr') return oneVsRest(againstOthers(found.truth, found.classes), scores, average, rocAuc, weights);
  if (weights) throw new PipelineError('E_PARAMS', "rocAucScore: 'ovo' takes no weights.", { hint: "Leave weights out, or use multiClass: 'ovr'." });
  return oneVsOneAuc(found.truth, scores, found.classes, average);
}

/**
 * `average_precision_score`: mean precision over all recalls; of more than two classes, the mean of each against the others.
 *
 * @param scores `[rows]` for two classes, else `[rows][classes]`
 * @example
 * averagePrecisionScore([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // 0.8333
 */
export function averagePrecisionScore(truth: ArrayLike<ClassName>, scores: ArrayLike<number>, options: RankingOptions = {}): number {
  const found = scored('averagePrecisionScore', truth, scores, options);
  if (scores.length === truth.length) return averagePrecision(found.truth, scores, options.weights);
  return oneVsRest(againstOthers(found.truth, found.classes), scores, 'macro', averagePrecision, options.weights);
}

export interface TopKAccuracyOptions extends Weighted {
  /** Default 2. */
  readonly k?: number | undefined;
  /** What the columns of the scores are of; by default the classes of the rows, ascending. */
  readonly classes?: readonly ClassName[] | undefined;
}

/**
 * `top_k_accuracy_score`: share of rows whose class is among the `k` with the largest scores.
 *
 * @param scores `[rows][classes]`, of three classes or more
 * @example
 * topKAccuracyScore([0, 1, 2], [0.5, 0.2, 0.3, 0.3, 0.4, 0.3, 0.7, 0.2, 0.1], { k: 2 }); // 0.6667
 */
export function topKAccuracyScore(truth: ArrayLike<ClassName>, scores: ArrayLike<number>, options: TopKAccuracyOptions = {}): number {
  const { k = 2, weights } = options;
  if (!(Number.isInteger(k) && k >= 1))
    throw new PipelineError('E_PARAMS', `topKAccuracyScore: k is ${k}; a whole number from 1 is needed.`, { hint: 'Use k: 2.' });
  const found = scored('topKAccuracyScore', truth, scores, options);
  if (scores.length === truth.length)
    throw new PipelineError('E_SHAPE', 'topKAccuracyScore: one score a row arrived; one for each class is needed.', {
      hint: 'Use accuracyScore for two classes.',
    });
  return topKAccuracy(found.truth, scores, found.classes, k, weights);
}

export interface ProbabilityOptions extends RankingOptions {
  /** What the columns of the probabilities are of; by default the classes of the rows, ascending. */
  readonly classes?: readonly ClassName[] | undefined;
}

/** Probabilities of each class, also where those of the second of two came alone. */
function shares(
  owner: string,
  truth: ArrayLike<ClassName>,
  probabilities: ArrayLike<number>,
  options: ProbabilityOptions,
): Scored & { readonly probabilities: ArrayLike<number> } {
  const found = scored(owner, truth, probabilities, options);
  if (probabilities.length !== truth.length) return { ...found, probabilities };
  return {
    ...found,
    probabilities: Float64Array.from({ length: 2 * truth.length }, (_, at) => (at % 2 === 0 ? 1 - probabilities[at >> 1]! : probabilities[at >> 1]!)),
  };
}

/**
 * `log_loss`: mean of -log(probability of the class that a row has).
 *
 * @param probabilities `[rows][classes]`, or `[rows]` of the second of two
 * @example
 * logLoss([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.99]); // 0.1738
 */
export function logLoss(truth: ArrayLike<ClassName>, probabilities: ArrayLike<number>, options: ProbabilityOptions = {}): number {
  const found = shares('logLoss', truth, probabilities, options);
  return meanLogLoss(found.truth, found.probabilities, found.classes, options.weights);
}

/**
 * `brier_score_loss`: mean square of how far probabilities are from what is; of three classes and more, the sum over them.
 *
 * @param probabilities `[rows][classes]`, or `[rows]` of the second of two
 * @example
 * brierScoreLoss([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]); // 0.0375
 */
export function brierScoreLoss(truth: ArrayLike<ClassName>, probabilities: ArrayLike<number>, options: ProbabilityOptions = {}): number {
  const found = shares('brierScoreLoss', truth, probabilities, options);
  return brierScore(found.truth, found.probabilities, found.classes, options.weights);
}

/** One point for each distinct score, of two classes. */
function pointsOf(owner: string, truth: ArrayLike<ClassName>, scores: ArrayLike<number>, options: RankingOptions): ReturnType<typeof thresholds> {
  checkRows(owner, truth.length, { scores: scores.length });
  return thresholds(scored(owner, truth, scores, options).truth, scores, options.weights);
}

export interface PrecisionRecallCurve {
  /** `[thresholds + 1]`; of rows with scores from each threshold up, and 1 at last. */
  readonly precision: Float64Array;
  /** `[thresholds + 1]`, falling, and 0 at last. */
  readonly recall: Float64Array;
  /** Scores that there are, ascending. */
  readonly thresholds: Float64Array;
}

/**
 * `precision_recall_curve`: precision and recall of taking the rows with a score of at least each threshold.
 *
 * @example
 * precisionRecallCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).recall; // 1 1 0.5 0.5 0
 */
export function precisionRecallCurve(truth: ArrayLike<ClassName>, scores: ArrayLike<number>, options: RankingOptions = {}): PrecisionRecallCurve {
  const points = pointsOf('precisionRecallCurve', truth, scores, options).toReversed();
  const all = points[0]?.positives ?? 0;
  if (all === 0) console.warn('The recall of precisionRecallCurve is not defined: no row is of the class. It counts as 1.');
  return {
    precision: Float64Array.from([...points.map(({ rows, positives }) => positives / rows), 1]),
    recall: Float64Array.from([...points.map(({ positives }) => (all === 0 ? 1 : positives / all)), 0]),
    thresholds: Float64Array.from(points, ({ score }) => score),
  };
}

export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /** Falling, from Infinity, with which no row is taken. */
  readonly thresholds: Float64Array;
}

/**
 * `roc_curve`: shares of the other rows, and of those of the class, that each threshold takes. Points between two others on a straight line
 * are left out.
 *
 * @example
 * rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).truePositiveRate; // 0 0.5 0.5 1 1
 */
export function rocCurve(truth: ArrayLike<ClassName>, scores: ArrayLike<number>, options: RankingOptions = {}): RocCurve {
  const all = pointsOf('rocCurve', truth, scores, options).map((point) => ({
    ...point,
    negatives: point.rows - point.positives,
  }));
  const straight = (at: number, of: 'positives' | 'negatives'): boolean => all[at + 1]![of] - all[at]![of] === all[at]![of] - all[at - 1]![of];
  const points = all.filter((_, at) => at === 0 || at === all.length - 1 || !straight(at, 'positives') || !straight(at, 'negatives'));
  const last = all.at(-1)!;
  for (const [what, count] of [
    ['rows of other classes', last.negatives],
    ['rows of the class', last.positives],
  ] as const) {
    if (!(count > 0)) console.warn(`rocCurve is not defined: there are no ${what}. Their share is NaN.`);
  }
  const share = (count: number, whole: number): number => (whole > 0 ? count / whole : NaN);
  return {
    falsePositiveRate: Float64Array.from([{ negatives: 0 }, ...points], ({ negatives }) => share(negatives, last.negatives)),
    truePositiveRate: Float64Array.from([{ positives: 0 }, ...points], ({ positives }) => share(positives, last.positives)),
    thresholds: Float64Array.from([{ score: Infinity }, ...points], ({ score }) => score),
  };
}
