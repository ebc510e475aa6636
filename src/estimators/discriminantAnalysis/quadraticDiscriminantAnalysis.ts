// Normally distributed classes, each with its own covariance. As scikit-learn 1.9's QuadraticDiscriminantAnalysis(solver='svd')
// (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.3).
import { called } from '../../core/data/classNames.ts';
import { weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { probabilities } from '../../metrics/probability.ts';
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import { byRow } from '../linear/byRow.ts';
import { linearScores } from '../linear/linearScores.ts';
import { priorsOf, priorsParam } from '../naiveBayes/priors.ts';
import { eigenOf } from '../pca/eigen.ts';
import { aroundMeans, sumsWithout, type Moments } from '../ridge/moments.ts';
import { sumsByFold, type Sums } from '../ridge/sums.ts';
import { affineOf, type Affine } from '../rows/frame.ts';
import type { Frame } from '../../kernels/lib/tiles.ts';
import { cancels, varyingOnHost, type Varying } from './onHost.ts';

export interface QuadraticDiscriminantAnalysisOptions {
  /** Prior probability of each class, in the order of the labels. Default: its share of the rows. */
  readonly priors?: readonly number[] | undefined;
  /** How far to shrink covariances: 0 leaves them as they are, 1 makes them the identity. Default 0. */
  readonly regParam?: number | undefined;
  /** A class must vary by more than this in every direction, as a variance. Default 1e-4. */
  readonly tol?: number | undefined;
}

const params = z.strictObject({
  priors: priorsParam,
  regParam: z.number().min(0).max(1).default(0).describe('from 0, covariances as they are, to 1, all columns alike'),
  tol: z.number().min(0).default(1e-4).describe('least variance of a class in any direction'),
} satisfies ShapeOf<QuadraticDiscriminantAnalysisOptions>);
export interface QuadraticDiscriminantFields {
  /** `[classes][cols]` */
  readonly means: readonly Float64Array[];
  /** Variances along the axes of each class, descending, `[classes][cols]`. */
  readonly scalings: readonly Float64Array[];
  /** The axes, one after another, `[classes][axes * cols]`. */
  readonly rotations: readonly Float64Array[];
  /** `[classes]` */
  readonly priors: Float64Array;
}

type Rows = TrainingRows<'classifier'>;

/** Columns of scores that are held at once. */
const AXES = 64;
/** Most groups of rows that one pass tells apart. */
const MOST_GROUPS = 256;

/**
 * `sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis(solver='svd')`: predicts the most likely class of a row, where each
 * class is normally distributed with its own covariance. Weights count rows: a row of weight 2 counts as two rows. With `regParam`, a
 * class may have fewer rows than columns, which scikit-learn refuses. Variances are divided by the rows of a class less
 * one, as scikit-learn does up to 1.9.0; since 1.9.1 it divides by all of them.
 *
 * Rows `[rows, cols]` with classes; a model has `fields.means` and `fields.scalings`, `[classes][cols]`, `fields.rotations`,
 * `[classes][cols * cols]`, and `fields.priors`, `[classes]`.
 *
 * @throws E_PARAMS for invalid options; when training, E_CLASS for fewer than two classes or a class whose rows all have weight 0,
 *   E_DATA for a class of one row, or one that does not vary in every direction, and for too many columns for their pairs to fit on the
 *   device
 * @example
 * gridSearch(quadraticDiscriminantAnalysis(), { regParam: [0.01, 0.1, 0.5] }, { folds: 5 });
 */
export const quadraticDiscriminantAnalysis = defineEstimator<QuadraticDiscriminantAnalysisOptions>()({
  name: 'quadraticDiscriminantAnalysis',
  kind: 'classifier',
  params,
  scales: true,
  shards: true,
  sumsByFold: true,
  async trainTogether(rows, models, folds, context): Promise<readonly QuadraticDiscriminantFields[]> {
    const sumsOf = await sumsByClass(rows, folds, context);
    const trained: QuadraticDiscriminantFields[] = [];
    for (const { name, heldOut, params, scaling } of models) {
      const { frame, sums } = await sumsOf(heldOut);
      const affine = affineOf(frame, scaling);
      const found = sums.map((own) => aroundMeans(own, affine, []));
      const isLost = rows.x.dtype !== 'u8' && found.some((own, c) => lost(own, sums[c]!, affine));
      const moments = isLost ? await varyingOnHost({ ...rows, scaling }, folds, heldOut) : found;
      const weights = moments.map(({ weight }) => weight);
      const priors = priorsOf('quadraticDiscriminantAnalysis', params.priors, weights, rows, name);
      const axes: Axes[] = [];
      for (const [c, own] of moments.entries()) {
        throwIfCancelled(context.signal);
        axes.push(axesOf(own, params, `${called(rows.classes[c]!, rows.classNames)} of ${rows.name}`));
      }
      const means = moments.map(({ mean }) => mean);
      trained.push({ means, scalings: axes.map(({ scalings }) => scalings), rotations: axes.map(({ rotation }) => rotation), priors });
    }
    return trained;
  },
  async scores({ means, scalings, rotations, priors }, rows, context) {
    const compute = await context.compute();
    const said: Float64Array[] = [];
    for (const [c, mean] of means.entries()) {
      const cols = mean.length;
      const norms = new Float64Array(rows.rows.length);
      for (let from = 0; from < cols; from += AXES) {
        const columns = Array.from({ length: Math.min(AXES, cols - from) }, (_, k) => {
          const weights = new Float64Array(cols + 1);
          const size = Math.sqrt(scalings[c]![from + k]!);
          for (let j = 0; j < cols; j++) {
            weights[j] = rotations[c]![(from + k) * cols + j]! / size;
            weights[cols]! -= weights[j]! * mean[j]!;
          }
          return { weights, scaling: rows.scaling };
        });
        for (const along of await linearScores(compute, rows, columns)) along.forEach((value, row) => (norms[row]! += value * value));
      }
      const level = Math.log(priors[c]!) - scalings[c]!.reduce((sum, value) => sum + Math.log(value), 0) / 2;
      said.push(norms.map((norm) => level - norm / 2));
    }
    return byRow(said);
  },
  probabilities: (scores, { priors }) => probabilities(scores, priors.length),
});

interface Axes {
  readonly scalings: Float64Array;
  readonly rotation: Float64Array;
}

/** Whether too many digits are, of how much a column varies; none of bytes, which are whole numbers. */
function lost({ products }: Moments, sums: Sums, { scale }: Affine): boolean {
  const cols = scale.length;
  return scale.some((factor, j) => cancels(products[j * cols + j]!, factor ** 2 * sums.products[j * (cols + 1) + j]!));
}

/** @throws E_DATA where a class of rows does not vary in every direction */
function axesOf({ weight, mean, products }: Varying, { regParam, tol }: z.output<typeof params>, what: string): Axes {
  const refused = (found: string, hint: string): PipelineError => new PipelineError('E_DATA', `quadraticDiscriminantAnalysis: ${found}`, { hint });
  if (!(weight > 1)) throw refused(`${what} has ${weight} rows; a covariance needs more than one.`, 'Give every class more rows. Weights count rows here.');
  const { values, vectors } = eigenOf(
    products.map((value) => value / (weight - 1)),
    mean.length,
  );
  const scalings = values.map((value) => (1 - regParam) * Math.max(0, value) + regParam);
  const rank = scalings.filter((value) => value > tol).length;
  if (rank < mean.length) {
    throw refused(
      `${what} varies in ${rank} directions; more than ${tol} in each of its ${mean.length} are needed.`,
      'Give a larger regParam, such as 0.1, or fewer columns.',
    );
  }
  const rotation = new Float64Array(products.length);
  vectors.forEach((own, k) => rotation.set(own, k * mean.length));
  return { scalings, rotation };
}

/** Sums of each class, of all rows but those that one fold holds out. */
async function sumsByClass(
  rows: Rows,
  folds: Folds | undefined,
  context: StageContext,
): Promise<(heldOut: number | undefined) => Promise<{ frame: Frame; sums: readonly Sums[] }>> {
  const { classes } = rows;
  if (classes.length > MOST_GROUPS) {
    throw new PipelineError(
      'E_CLASS',
      `quadraticDiscriminantAnalysis: ${rows.name} has ${classes.length} classes; ${MOST_GROUPS} at most are told apart, each with a matrix of its own.`,
      { hint: 'Leave rare classes out or join some, or fit nearestCentroid() or gaussianNB().' },
    );
  }
  const codes = Uint8Array.from(rows.codes);
  const weights = weightsOf(rows);
  const count = folds?.count ?? 1;
  const sum = (some: Rows, own: Float32Array | undefined, fold: Uint8Array, groups: number) =>
    sumsByFold('quadraticDiscriminantAnalysis', context, some, { weights: own, folds: { fold, count: groups } });
  if (classes.length * count <= MOST_GROUPS) {
    const { frame, sums } = await sum(
      rows,
      weights,
      codes.map((code, row) => code * count + (folds?.fold[row] ?? 0)),
      classes.length * count,
    );
    return async (heldOut) => ({ frame, sums: classes.map((_, c) => sumsWithout(sums.slice(c * count, (c + 1) * count), heldOut)) });
  }
  return async (heldOut) => {
    const kept = (_: unknown, row: number): boolean => folds!.fold[row] !== heldOut;
    return sum({ ...rows, rows: rows.rows.filter(kept) }, weights?.filter(kept), codes.filter(kept), classes.length);
  };
}
