// Scores of predicted classes, equal to scikit-learn's of the same names.
import type { ClassName } from '../../core/data/dataset.ts';
import type { Matrix } from '../../core/data/matrix.ts';
import type { ClassCounts } from '../../dsl/estimator.ts';
import { averaged, figuresOf, indicatorCounts, matthewsOf, meanOf, undefinedIn, type Average, type Figure } from '../averages.ts';
import { accuracy, balancedAccuracy, countsOf } from '../confusion.ts';
import { checkLabels, coded, countedPairs, countsAt, countsIn, isMatrix, positiveIn, warnUndefined, type Weighted, type ZeroDivision } from './coded.ts';

export interface AveragedOptions extends Weighted, ZeroDivision {
  /**
   * `'binary'` (default): of one of two classes. `'macro'`: the mean over classes; `'weighted'`: by how many rows a class has; `'micro'`:
   * of all counts together. Of several labels a row, also `'samples'`: the mean over rows.
   */
  readonly average?: 'binary' | Average | 'samples' | undefined;
  /** The class that `'binary'` is of; by default the second of the two. */
  readonly positive?: ClassName | undefined;
}

type OfClasses = Omit<AveragedOptions, 'average'> & { readonly average?: 'binary' | Average | undefined };
type OfLabels = Omit<AveragedOptions, 'average' | 'positive'> & { readonly average: Average | 'samples' };

/** A score of classes, `[rows]`, or of indicators, `[rows, labels]`. */
interface AveragedScore {
  (truth: ArrayLike<ClassName>, predicted: ArrayLike<ClassName>, options?: OfClasses): number;
  (truth: Matrix<'u8'>, predicted: Matrix<'u8'>, options: OfLabels): number;
}

const SAID: Readonly<Record<Figure, string>> = {
  precision: 'nothing is predicted as',
  recall: 'no row has',
  f1: 'no row has or is predicted as',
  jaccard: 'no row has or is predicted as',
};

function scoreOf(owner: string, figure: Figure): AveragedScore {
  return (truth: ArrayLike<ClassName> | Matrix, predicted: ArrayLike<ClassName> | Matrix, options: AveragedOptions = {}): number => {
    const { average = 'binary', weights, zeroDivision = 0 } = options;
    if (isMatrix(truth)) {
      checkLabels(owner, truth, predicted as Matrix, options);
      const by = average === 'samples' ? 'row' : 'label';
      const counts = indicatorCounts(truth.data, (predicted as Matrix).data, truth.cols, by, weights);
      if (average !== 'samples') return averagedBy(owner, figure, average as Average, counts, options, (label) => `label ${label}`);
      const figures = figuresOf(figure, counts);
      const odd = figures.filter(Number.isNaN).length;
      if (odd > 0) warnUndefined(owner, `${SAID[figure]} any label in ${odd} rows`, options);
      return meanOf(
        figures.map((value) => (Number.isNaN(value) ? zeroDivision : value)),
        weights,
      );
    }
    const found = coded(owner, truth, predicted as ArrayLike<ClassName>, options);
    const counts = countsIn(found, weights);
    if (average !== 'binary') return averagedBy(owner, figure, average as Average, counts, options, (code) => JSON.stringify(found.classes[code]));
    const positive = positiveIn(owner, found.classes, options.positive);
    return averagedBy(owner, figure, 'macro', countsAt(counts, found.classes.indexOf(positive)), options, () => JSON.stringify(positive));
  };
}

function averagedBy(owner: string, figure: Figure, average: Average, counts: ClassCounts, options: ZeroDivision, called: (code: number) => string): number {
  const odd = undefinedIn(figure, average, counts);
  if (odd.length > 0) warnUndefined(owner, `${SAID[figure]} ${average === 'micro' ? 'any of them' : odd.map(called).join(', ')}`, options);
  return averaged(figure, average, counts, options.zeroDivision);
}

/**
 * `precision_score`: of the rows predicted as a class, the share that have it.
 *
 * @example
 * precisionScore(['ham', 'spam', 'spam'], ['spam', 'spam', 'ham'], { positive: 'spam' }); // 0.5
 */
export const precisionScore: AveragedScore = scoreOf('precisionScore', 'precision');

/**
 * `recall_score`: of the rows that have a class, the share predicted as it.
 *
 * @example
 * recallScore([0, 1, 1, 2], [0, 1, 2, 2], { average: 'macro' }); // 0.8333
 */
export const recallScore: AveragedScore = scoreOf('recallScore', 'recall');

/**
 * `f1_score`: twice the rows that are predicted right, by those that have a class and those that are predicted as it.
 *
 * @example
 * f1Score([0, 1, 1], [0, 1, 0]); // 0.6667
 */
export const f1Score: AveragedScore = scoreOf('f1Score', 'f1');

/**
 * `jaccard_score`: of the rows that have a class or are predicted as it, the share of which both is true.
 *
 * @example
 * jaccardScore([0, 1, 1], [0, 1, 0]); // 0.5
 */
export const jaccardScore: AveragedScore = scoreOf('jaccardScore', 'jaccard');

/**
 * `accuracy_score`: share of rows predicted right.
 *
 * @example
 * accuracyScore([0, 1, 1], [0, 1, 0]); // 0.6667
 */
export function accuracyScore(truth: ArrayLike<ClassName>, predicted: ArrayLike<ClassName>, options: Weighted = {}): number {
  return accuracy(countsIn(coded('accuracyScore', truth, predicted, options), options.weights));
}

/**
 * `balanced_accuracy_score`: mean recall of the classes that rows have.
 *
 * @example
 * balancedAccuracyScore([0, 0, 0, 1], [0, 0, 0, 0]); // 0.5
 */
export function balancedAccuracyScore(truth: ArrayLike<ClassName>, predicted: ArrayLike<ClassName>, options: Weighted = {}): number {
  return balancedAccuracy(countsIn(coded('balancedAccuracyScore', truth, predicted, options), options.weights));
}

/**
 * `hamming_loss`: share of rows predicted wrong, or of the labels of all rows.
 *
 * @example
 * hammingLoss([0, 1, 1], [0, 1, 0]); // 0.3333
 */
export function hammingLoss(truth: ArrayLike<ClassName>, predicted: ArrayLike<ClassName>, options?: Weighted): number;
export function hammingLoss(truth: Matrix<'u8'>, predicted: Matrix<'u8'>, options?: Weighted): number;
export function hammingLoss(truth: ArrayLike<ClassName> | Matrix, predicted: ArrayLike<ClassName> | Matrix, options: Weighted = {}): number {
  if (!isMatrix(truth)) return 1 - accuracyScore(truth, predicted as ArrayLike<ClassName>, options);
  checkLabels('hammingLoss', truth, predicted as Matrix, options);
  const { cols, data } = truth;
  const wrong = Array.from({ length: truth.rows }, (_, row) => {
    let count = 0;
    for (let at = row * cols; at < (row + 1) * cols; at++) if (data[at] !== (predicted as Matrix).data[at]) count++;
    return count / cols;
  });
  return meanOf(wrong, options.weights);
}

/**
 * `matthews_corrcoef`: 1 where all is predicted right, 0 where predictions say nothing of classes.
 *
 * @example
 * matthewsCorrcoef([1, 1, 1, 0], [1, 0, 1, 1]); // -0.3333
 */
export function matthewsCorrcoef(truth: ArrayLike<ClassName>, predicted: ArrayLike<ClassName>, options: Weighted = {}): number {
  return matthewsOf(countsIn(coded('matthewsCorrcoef', truth, predicted, options), options.weights));
}

export interface CohenKappaOptions extends Weighted {
  /** How much worse a class is that lies further away, in the order of the classes: by the distance, or its square. By default all are alike. */
  readonly penalty?: 'linear' | 'quadratic' | undefined;
}

/**
 * `cohen_kappa_score`: how much more two lists agree than chance would have it; NaN where there is a single class. Its `weights` are
 * `penalty` here, and `weights` those of rows.
 *
 * @example
 * cohenKappaScore(['good', 'bad', 'good', 'poor', 'bad'], ['good', 'bad', 'good', 'poor', 'good']); // 0.6875
 */
export function cohenKappaScore(one: ArrayLike<ClassName>, other: ArrayLike<ClassName>, options: CohenKappaOptions = {}): number {
  const { counts } = confusionMatrix(one, other, options);
  const { rows, predicted } = countsOf(counts);
  const all = rows.reduce((sum, count) => sum + count, 0);
  const far = (a: number, b: number): number =>
    options.penalty === undefined ? Number(a !== b) : options.penalty === 'linear' ? Math.abs(a - b) : (a - b) ** 2;
  let [found, expected] = [0, 0];
  counts.forEach((row, a) =>
    row.forEach((count, b) => {
      found += far(a, b) * count;
      expected += (far(a, b) * rows[a]! * predicted[b]!) / all;
    }),
  );
  if (expected === 0) console.warn('cohenKappaScore is not defined: all rows have one and the same class. It is NaN.');
  return expected === 0 ? NaN : 1 - found / expected;
}

/**
 * `confusion_matrix`, with the classes that its rows and columns are of.
 *
 * @returns `counts[true class][predicted class]`
 * @example
 * confusionMatrix(['ham', 'spam', 'spam'], ['spam', 'spam', 'ham']); // { classes: ['ham', 'spam'], counts: [[0, 1], [1, 1]] }
 */
export function confusionMatrix(
  truth: ArrayLike<ClassName>,
  predicted: ArrayLike<ClassName>,
  options: Weighted = {},
): { readonly classes: readonly ClassName[]; readonly counts: readonly (readonly number[])[] } {
  const found = coded('confusionMatrix', truth, predicted, options);
  return { classes: found.classes, counts: countedPairs(found, options.weights) };
}

/** Precision, recall and f1 of a class, or averages of them; `support` is how many rows have the class, by their weights. */
export interface ReportedFigures {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

export interface ClassificationReport {
  readonly classes: readonly (ReportedFigures & { readonly name: ClassName })[];
  readonly accuracy: number;
  readonly macro: ReportedFigures;
  readonly weighted: ReportedFigures;
}

/**
 * `classification_report`: precision, recall and f1 of each class.
 *
 * @example
 * classificationReport(['ham', 'spam', 'spam'], ['spam', 'spam', 'ham']).classes[1]; // { name: 'spam', precision: 0.5, recall: 0.5, f1: 0.5, support: 2 }
 */
export function classificationReport(
  truth: ArrayLike<ClassName>,
  predicted: ArrayLike<ClassName>,
  options: Weighted & ZeroDivision = {},
): ClassificationReport {
  const found = coded('classificationReport', truth, predicted, options);
  const { classes } = found;
  const counts = countsIn(found, options.weights);
  const all = counts.rows.reduce((sum, count) => sum + count, 0);
  for (const figure of ['precision', 'recall'] as const) {
    const odd = undefinedIn(figure, 'macro', counts).map((code) => JSON.stringify(classes[code]));
    if (odd.length > 0) warnUndefined(`${figure} of classificationReport`, `${SAID[figure]} ${odd.join(', ')}`, options);
  }
  const of = (own: ClassCounts, average: Average, support: number): ReportedFigures => {
    const figure = (name: Figure): number => averaged(name, average, own, options.zeroDivision);
    return { precision: figure('precision'), recall: figure('recall'), f1: figure('f1'), support };
  };
  return {
    classes: classes.map((name, code) => ({ name, ...of(countsAt(counts, code), 'macro', counts.rows[code]!) })),
    accuracy: accuracy(counts),
    macro: of(counts, 'macro', all),
    weighted: of(counts, 'weighted', all),
  };
}
