// Scales features without touching x: the scaling travels with the datasets and ends up in the weights.
import type { Dataset, Role, Scaling } from '../core/dataset.ts';
import { PipelineError } from '../core/errors.ts';
import { notFinite, takeRows, type FeatureArray } from '../core/matrix.ts';
import { configurable } from '../dsl/configurable.ts';
import { z } from '../dsl/params.ts';
import { defineStage, type Stage, type StageSpec } from '../dsl/stage.ts';
import type { Split } from '../dsl/state.ts';

const scaleParams = z.strictObject({
  factor: z.number().refine((factor) => factor !== 0, { error: 'a factor of 0 makes every feature 0, so that nothing can be learned from them' }),
  shift: z.number().default(0),
});

/**
 * Features become `(x - shift) * factor`, the same for every column; features that were scaled before are scaled once more.
 * Replaces `train` and `test`.
 *
 * @example
 * scale({ factor: 1 / 255 }); // pixels from 0 to 1
 */
export function scale(options: z.input<typeof scaleParams>): Stage<Split, Split> {
  return configurable('scale', scaleParams, options, ({ factor, shift }): StageSpec<Split, Split> => ({
    id: 'scale',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    code: [],
    keep: 'digests',
    params: { factor, shift },
    infer: ({ train, test }) => ({ train: train!, test: test! }),
    run: ({ train, test }) => {
      const { cols } = train.x;
      const scaling = { shift: new Float64Array(cols).fill(shift), factor: new Float64Array(cols).fill(factor) };
      const by = <R extends Role>(data: Dataset<R>): Dataset<R> => ({ ...data, scaling: inTurn(data.scaling, scaling) });
      return { adds: { train: by(train), test: by(test) }, output: { factor, shift } };
    },
  }));
}

/**
 * StandardScaler: features with mean 0 and variance 1 over the training rows; test rows are scaled by the training rows'
 * figures, so nothing of them leaks. A constant column is shifted to 0 and keeps its factor. Replaces `train` and `test`.
 */
export function standardize(): Stage<Split, Split> {
  return defineStage<Split, Split>({
    id: 'standardize',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    code: [],
    keep: 'digests',
    params: {},
    infer: ({ train, test }) => ({ train: train!, test: test! }),
    run: async ({ train, test }) => {
      const scaling = await standardScaling(train);
      return { adds: { train: { ...train, scaling }, test: { ...test, scaling } }, output: { columns: train.x.cols } };
    },
  });
}

/** One scaling after another, as one. @throws E_PARAMS where no scaling of x is the two */
function inTurn(first: Scaling | undefined, then: Scaling): Scaling {
  if (!first) return then;
  // A factor of 0 leaves nothing but zeros, which a shift of 0 keeps and no other can.
  const shift = first.shift.map((value, j) => (then.shift[j] === 0 ? value : value + then.shift[j]! / first.factor[j]!));
  const factor = first.factor.map((value, j) => value * then.factor[j]!);
  const lost = shift.findIndex((value, j) => !Number.isFinite(value) || !Number.isFinite(factor[j]) || (factor[j] === 0 && first.factor[j] !== 0));
  if (lost < 0) return { shift, factor };
  throw new PipelineError(
    'E_PARAMS',
    `Column ${lost} was scaled by ${first.factor[lost]} before: a shift of ${then.shift[lost]} and a factor of ${then.factor[lost]} cannot follow.`,
    { hint: 'Scale once, by factors of ordinary size that are not 0.' },
  );
}

/**
 * Column means, and 1 / standard deviations, of features as scaled so far, a block of rows at a time. It replaces what scaling
 * there was: of that, only the sign of a factor is left, and the factor of a column that is constant.
 */
export async function standardScaling({ x, rows, scaling }: Pick<Dataset, 'x' | 'rows' | 'scaling'>): Promise<Scaling> {
  const first = Float64Array.from((await takeRows(x, rows.subarray(0, 1))).data);
  const sums = new Float64Array(x.cols);
  const squares = new Float64Array(x.cols);
  // From the first row on: a constant column has a sum of exactly 0, and its own value as its mean.
  await eachRow(x, rows, (row, id) =>
    row.forEach((value, j) => {
      if (!Number.isFinite(value)) throw notFinite(value, id, j);
      sums[j]! += value - first[j]!;
    }),
  );
  const shift = first.map((value, j) => value + sums[j]! / rows.length);
  await eachRow(x, rows, (row) => row.forEach((value, j) => (squares[j]! += (value - shift[j]!) ** 2)));
  const factor = squares.map((sum, j) => {
    const before = scaling?.factor[j] ?? 1;
    const variance = sum / rows.length;
    return isConstant(variance, shift[j]!, rows.length) ? before : Math.sign(before) / Math.sqrt(variance);
  });
  return { shift, factor };
}

/** Whether a variance is no more than the rounding of its mean, as scikit-learn 1.9's StandardScaler decides it. */
function isConstant(variance: number, mean: number, rows: number): boolean {
  return variance <= rows * Number.EPSILON * variance + (rows * mean * Number.EPSILON) ** 2;
}

async function eachRow(x: Dataset['x'], ids: Uint32Array, use: (row: FeatureArray, id: number) => void): Promise<void> {
  const BLOCK = 4096;
  for (let from = 0; from < ids.length; from += BLOCK) {
    const { rows, cols, data } = await takeRows(x, ids.subarray(from, from + BLOCK));
    for (let row = 0; row < rows; row++) use(data.subarray(row * cols, (row + 1) * cols), ids[from + row]!);
  }
}
