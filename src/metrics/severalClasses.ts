// Rankings of more than two classes, and of several labels.
import { meanOf } from './averages.ts';
import { meanOver } from './probability.ts';
import { rocAuc } from './ranking.ts';

/** One column of `[rows][width]`. */
export function columnOf(values: ArrayLike<number>, width: number, column: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + column]!);
}

/** Mean of a ranking of each class against the others, or of each label: NaN where one is not defined. */
export function oneVsRest(
  truths: readonly ArrayLike<number>[],
  scores: ArrayLike<number>,
  average: 'macro' | 'weighted',
  ranked: (truth: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>) => number,
  weights?: ArrayLike<number>,
): number {
  const each = truths.map((truth, c) => ranked(truth, columnOf(scores, truths.length, c), weights));
  if (each.some(Number.isNaN)) return NaN;
  const there = truths.map((truth) => Array.from(truth).reduce((sum, one, row) => sum + one * (weights ? weights[row]! : 1), 0));
  return meanOf(each, average === 'weighted' ? there : undefined);
}

/** Truth of each class against the others. */
export function againstOthers(truth: ArrayLike<number>, classes: number): readonly Uint8Array[] {
  return Array.from({ length: classes }, (_, c) => Uint8Array.from({ length: truth.length }, (_, row) => Number(truth[row] === c)));
}

/** Mean over all pairs of classes of how well each is told from the other (Hand and Till). */
export function oneVsOneAuc(truth: ArrayLike<number>, scores: ArrayLike<number>, classes: number, average: 'macro' | 'weighted'): number {
  const members = Array.from({ length: classes }, (_, c) => Array.from({ length: truth.length }, (_, row) => row).filter((row) => truth[row] === c));
  const pairs: number[] = [];
  const weights: number[] = [];
  for (let a = 0; a < classes; a++)
    for (let b = a + 1; b < classes; b++) {
      const rows = [...members[a]!, ...members[b]!];
      const of = (c: number): number =>
        rocAuc(
          rows.map((row) => Number(truth[row] === c)),
          rows.map((row) => scores[row * classes + c]!),
        );
      pairs.push((of(a) + of(b)) / 2);
      weights.push(rows.length);
    }
  return pairs.some(Number.isNaN) ? NaN : meanOf(pairs, average === 'weighted' ? weights : undefined);
}

/** Share of rows whose class is among the k largest scores; of equal ones the later class is the larger. */
export function topKAccuracy(truth: ArrayLike<number>, scores: ArrayLike<number>, classes: number, k: number, weights?: ArrayLike<number>): number {
  return meanOver(truth.length, weights, (row) => {
    const own = truth[row]!;
    let before = 0;
    for (let c = 0; c < classes; c++) {
      const [score, wanted] = [scores[row * classes + c]!, scores[row * classes + own]!];
      if (c !== own && (score > wanted || (score === wanted && c > own))) before++;
    }
    return Number(before < k);
  });
}

/** What is said of one row's labels. */
interface LabelRow {
  /** Of labels that the row has, and of those that it has not. */
  readonly has: readonly number[];
  readonly not: readonly number[];
}

function labelMean(
  truth: ArrayLike<number>,
  scores: ArrayLike<number>,
  labels: number,
  weights: ArrayLike<number> | undefined,
  of: (row: LabelRow) => number,
): number {
  return meanOver(truth.length / labels, weights, (row) => {
    const own = Array.from({ length: labels }, (_, label) => row * labels + label);
    const taken = (has: boolean): readonly number[] => own.flatMap((at) => (truth[at]! > 0 === has ? [scores[at]!] : []));
    return of({ has: taken(true), not: taken(false) });
  });
}

const atLeast = (values: readonly number[], score: number): number => values.filter((value) => value >= score).length;

/** `label_ranking_average_precision_score`: of the labels ranked as high as one that a row has, how many it has. */
export function labelRankingAveragePrecision(truth: ArrayLike<number>, scores: ArrayLike<number>, labels: number, weights?: ArrayLike<number>): number {
  return labelMean(truth, scores, labels, weights, ({ has, not }) =>
    has.length === 0 || not.length === 0
      ? 1
      : has.reduce((sum, score) => sum + atLeast(has, score) / (atLeast(has, score) + atLeast(not, score)), 0) / has.length,
  );
}

/** `label_ranking_loss`: share of pairs of a label that a row has and one that it has not, which are ranked the wrong way round. */
export function labelRankingLoss(truth: ArrayLike<number>, scores: ArrayLike<number>, labels: number, weights?: ArrayLike<number>): number {
  return labelMean(truth, scores, labels, weights, ({ has, not }) =>
    has.length === 0 || not.length === 0 ? 0 : has.reduce((sum, score) => sum + atLeast(not, score), 0) / (has.length * not.length),
  );
}

/** `coverage_error`: how many labels must be taken to have all that a row has. */
export function coverageError(truth: ArrayLike<number>, scores: ArrayLike<number>, labels: number, weights?: ArrayLike<number>): number {
  return labelMean(truth, scores, labels, weights, ({ has, not }) => (has.length === 0 ? 0 : atLeast([...has, ...not], Math.min(...has))));
}
