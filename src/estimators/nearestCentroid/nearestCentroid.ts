// The class whose centroid is nearest. As scikit-learn 1.9's NearestCentroid (Tibshirani, Hastie, Narasimhan and Chu 2002 for
// the shrinking; Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 18.2, for the probabilities).
import { called } from '../../core/data/classNames.ts';
import { weightsOf } from '../../core/data/dataset.ts';
import { labelArray } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { probabilities } from '../../metrics/probability.ts';
import { pointDistances } from '../centroids/pointDistances.ts';
import { framed } from '../centroids/points.ts';
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import { byRow } from '../linear/byRow.ts';
import { affinesOf, type Affine } from '../rows/frame.ts';
import { classMoments, meanOf, squaresAround, type ClassMoments } from './classMoments.ts';
import { medians } from './medians.ts';

export interface NearestCentroidOptions {
  /** 'euclidean' (default): centroids are means; 'manhattan': centroids are medians. */
  readonly metric?: 'euclidean' | 'manhattan' | undefined;
  /** Moves centroids towards the mean of all rows, each column by this many standard errors; above 0. Not shrunk by default. */
  readonly shrinkThreshold?: number | undefined;
}

const params = z.strictObject({
  metric: z.enum(['euclidean', 'manhattan']).default('euclidean').describe('distance; the centroid is the mean, or the median'),
  shrinkThreshold: z.number().positive().optional().describe('moves centroids towards the mean of all rows by this many standard errors'),
} satisfies ShapeOf<NearestCentroidOptions>);
type Params = z.output<typeof params>;

export interface NearestCentroidFields {
  readonly metric: Params['metric'];
  /** Features as they are meant, `[classes][cols]`. */
  readonly centroids: readonly Float64Array[];
  /** Standard deviation of each column within the classes, `[cols]`. */
  readonly withinClassStd: Float64Array;
}

/**
 * Predicts the class whose centroid is nearest, as scikit-learn 1.9's `NearestCentroid` with its uniform priors.
 *
 * `predict` goes by the distance. `decisionFunction`, `[rows][classes]` or the difference between two classes, and `predictProba` use
 * distances in units of `withinClassStd`, as in scikit-learn, and may favour a class other than the nearest. They exist for 'manhattan'
 * too, where scikit-learn computes but hides them. Weights count rows: a row of weight 2 counts as two rows.
 *
 * @throws E_PARAMS for invalid options; E_CLASS for fewer than two classes or a class whose rows all have weight 0; E_DATA where
 *   every column is constant, and for features that are not finite
 * @example
 * pipeline('p', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(nearestCentroid({ shrinkThreshold: 0.5 })), score({ on: 'test' }));
 */
export const nearestCentroid = defineEstimator<NearestCentroidOptions>()({
  name: 'nearestCentroid',
  kind: 'classifier',
  params,
  scales: true,
  sumsByFold: true,
  shards: true,
  async trainTogether(rows, models, folds, context) {
    const weights = weightsOf(rows);
    const { momentsOf, frame } = await classMoments(context, rows, { codes: rows.codes, classes: rows.classes.length, folds, weights });
    const affines = affinesOf(frame, models);
    const fields: NearestCentroidFields[] = [];
    for (const [i, { name, heldOut, scaling, params }] of models.entries()) {
      throwIfCancelled(context.signal);
      const moments = momentsOf(heldOut);
      const weightless = rows.classes.filter((_, c) => moments[c]!.weight === 0);
      if (weightless.length > 0) {
        throw new PipelineError('E_CLASS', `nearestCentroid: all rows of ${called(weightless, rows.classNames)} have weight 0 in ${name} of ${rows.name}.`, {
          hint: 'Give a row of each class a weight above 0, or leave the class out.',
        });
      }
      const kept = (row: number): boolean => heldOut === undefined || folds!.fold[row] !== heldOut;
      const points = params.metric === 'manhattan' ? await medians({ ...rows, scaling }, membersOf(rows, kept), weights) : undefined;
      fields.push(fieldsOf(rows.name, moments, { ...affines[i]!, coarse: frame.coarse.includes(1) }, params, points));
    }
    return fields;
  },
  scores: discriminants,
  async predictions({ centroids, metric }: NearestCentroidFields, rows, context) {
    const found = await pointDistances(centroids, rows, context, { manhattan: metric === 'manhattan' });
    const nearest = labelArray(rows.rows.length, found.length - 1);
    for (let c = 1; c < found.length; c++) for (let row = 0; row < nearest.length; row++) if (found[c]![row]! < found[nearest[row]!]![row]!) nearest[row] = c;
    return nearest;
  },
  probabilities: (scores, { centroids }: NearestCentroidFields) => probabilities(scores, centroids.length),
});

/** What scikit-learn's `decision_function` says: twice the logarithm of the prior minus the squared distance, `[rows][classes]`. */
async function discriminants({ withinClassStd, centroids, metric }: NearestCentroidFields, rows: RowsOf, context: Device): Promise<Float64Array> {
  const by = withinClassStd.map((deviation) => 1 / (deviation || 1));
  const found = await pointDistances(centroids, rows, context, { by, manhattan: metric === 'manhattan' });
  const prior = 2 * Math.log(1 / centroids.length);
  return byRow(found.map((own) => own.map((distance) => prior - distance * distance)));
}

/** Rows of each class that are kept. */
function membersOf({ codes, classes }: TrainingRows<'classifier'>, kept: (row: number) => boolean): readonly Uint32Array[] {
  const members = classes.map((): number[] => []);
  codes.forEach((code, row) => {
    if (kept(row)) members[code]!.push(row);
  });
  return members.map((own) => Uint32Array.from(own));
}

/** @param medians of features as they are meant; absent for means */
function fieldsOf(
  name: string,
  moments: readonly ClassMoments[],
  affine: Affine & { readonly coarse: boolean },
  { metric, shrinkThreshold }: Params,
  medians: readonly Float64Array[] | undefined,
): NearestCentroidFields {
  const { scale, offset } = affine;
  const means = moments.map(meanOf);
  // As precise as rows are: a column that is the median in every row of a class does not vary there.
  const asRows = affine.coarse ? (value: number) => value : Math.fround;
  const points = medians?.map((point) => framed(point, affine).map(asRows)) ?? means;
  const weight = moments.reduce((sum, own) => sum + own.weight, 0);
  if (weight <= moments.length && moments.some(({ squares }) => squares.some((value) => value > 0))) {
    throw new PipelineError('E_DATA', `nearestCentroid: the weights of ${name} add up to ${weight}; more than its ${moments.length} classes are needed.`, {
      hint: 'Weights count rows here: multiply all of them by one number.',
    });
  }
  const squares = moments.map((own, c) => squaresAround(own, points[c]!));
  const within = scale.map((factor, j) => {
    const sum = squares.reduce((sum, own) => sum + own[j]!, 0);
    return sum === 0 ? 0 : Math.abs(factor) * Math.sqrt(sum / (weight - moments.length));
  });
  const middle = scale.map((_, j) => moments.reduce((sum, own, c) => sum + own.weight * means[c]![j]!, 0) / weight);
  const apart = points.map((point) => point.map((value, j) => scale[j]! * (value - middle[j]!)));
  if (within.every((value) => value === 0) && means.every((mean) => mean.every((value, j) => value === means[0]![j]))) {
    throw new PipelineError('E_DATA', `nearestCentroid: every column of ${name} is constant; columns that differ between rows are needed.`, {
      hint: 'Give features that tell rows apart.',
    });
  }
  if (shrinkThreshold === undefined)
    return { metric, centroids: medians ?? points.map((point) => point.map((value, j) => value * scale[j]! + offset[j]!)), withinClassStd: within };
  const typical = medianOf(within);
  const centroids = apart.map((deviation, c) => {
    const standardError = Math.sqrt(1 / moments[c]!.weight - 1 / weight);
    return deviation.map((value, j) => {
      const left = Math.max(0, Math.abs(value) - shrinkThreshold * standardError * (within[j]! + typical));
      return scale[j]! * middle[j]! + offset[j]! + Math.sign(value) * left;
    });
  });
  return { metric, centroids, withinClassStd: within };
}

function medianOf(values: Float64Array): number {
  const sorted = values.toSorted();
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
