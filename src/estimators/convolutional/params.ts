// Parameters of classifiers of pictures: those that mlpClassifier has go by its names.
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import { mlpParams } from '../multilayerPerceptron/params.ts';
import type { Drawn } from '../define/define.ts';

/** Options of convolutionalClassifier. */
export interface ConvolutionalOptions {
  /** Lines of a picture, of rows that do not say it. A line has as many pixels as are left for it. */
  readonly height?: number | undefined;
  /** Filters of each layer of filters, from the picture on. Default [12, 24]. */
  readonly filters?: readonly number[] | undefined;
  /** Sides of the square that a filter looks at, or as far as there is a picture. Default 5. */
  readonly kernelSize?: number | undefined;
  /** Units of each layer behind the filters. Default [64]. */
  readonly hiddenLayerSizes?: readonly number[] | undefined;
  /** Weight of the L2 penalty. Default 1e-4. */
  readonly alpha?: number | undefined;
  /** Rows of a batch. Default 100, or all rows where there are fewer. */
  readonly batchSize?: number | undefined;
  /** Length of the first steps; they become shorter pass by pass, in a line that would end at 0 behind the last pass. Default 0.002. */
  readonly learningRateInit?: number | undefined;
  /** Maximum number of passes over the rows. Default 6. */
  readonly maxIter?: number | undefined;
  /** How much a pass must be better than the best one to count. Default 1e-4. */
  readonly tol?: number | undefined;
  /** Hold rows back, stop when they are predicted no better, and keep the weights that predicted them best. Default false: the loss of the rows trained on decides. */
  readonly earlyStopping?: boolean | undefined;
  /** Share of the rows held back. Default 0.1. */
  readonly validationFraction?: number | undefined;
  /** Stop after more than so many passes that were no better. Default 10. */
  readonly nIterNoChange?: number | undefined;
  /** Seed of the first weights and of the order of rows. Default: the seed of the run (`--seed`). */
  readonly seed?: number | undefined;
}

const mlp = mlpParams.shape;

export const convolutionalParams = z.strictObject({
  height: z.int().min(1).optional().describe('lines of a picture, of rows that do not say it'),
  filters: z.array(z.int().min(1)).min(1).readonly().default([12, 24]).describe('filters of each layer of filters'),
  kernelSize: z.int().min(1).default(5).describe('sides of the square that a filter looks at'),
  hiddenLayerSizes: mlp.hiddenLayerSizes.unwrap().default([64]).describe('units of each layer behind the filters'),
  alpha: mlp.alpha,
  batchSize: mlp.batchSize.unwrap().default(100).describe('rows of a batch'),
  learningRateInit: mlp.learningRateInit.unwrap().default(0.002).describe('length of the first steps'),
  maxIter: mlp.maxIter.unwrap().default(6).describe('most passes over the rows'),
  tol: mlp.tol,
  earlyStopping: mlp.earlyStopping,
  validationFraction: mlp.validationFraction,
  nIterNoChange: mlp.nIterNoChange,
  seed: seedParam,
} satisfies ShapeOf<ConvolutionalOptions>);

export type ConvolutionalParams = Drawn<z.output<typeof convolutionalParams>>;
