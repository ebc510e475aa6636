// Classifiers of pictures: filters that look at each place of a picture, and layers of units behind them.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Rows } from '../../core/data/dataset.ts';
import { probabilities } from '../../metrics/probability.ts';
import { defineEstimator } from '../define/define.ts';
import { classLearning } from '../multilayerPerceptron/classLearning.ts';
import { mlpParams } from '../multilayerPerceptron/params.ts';
import type { NetworkFields } from '../multilayerPerceptron/progress.ts';
import { networkSays } from '../multilayerPerceptron/said.ts';
import { convolutionalShapes, type PictureSize } from '../multilayerPerceptron/layers/shapes.ts';
import { trained } from '../multilayerPerceptron/train.ts';
import { convolutionalParams, type ConvolutionalOptions } from './params.ts';

type Picture = Pick<PictureSize, 'height' | 'width' | 'channels'>;

export interface ConvolutionalFields extends NetworkFields {
  readonly picture: Picture;
  readonly filters: readonly number[];
  readonly kernelSize: number;
}

/**
 * A convolutional network (LeCun et al. 1998): filters weigh the pixels around each place of a picture where they fit into it, alike
 * everywhere, and of each two by two places the largest number above 0 is kept. Further filters look at what is kept, and layers of units,
 * as those of `mlpClassifier`, at what is kept in the end. It is trained by gradients of the log loss in batches of rows, whose steps are
 * Adam's (Kingma and Ba 2015). Scale pixels first, such as to between 0 and 1.
 *
 * Rows `[rows, cols]` with classes: pictures, line by line, of the size that the dataset says, or of as many lines as `height` says.
 * `decisionFunction` is the sum of the last unit for two classes, `[rows]`, else `[rows][classes]`, and probabilities are made of it. A
 * model has `fields.coefs`, `[inputs][units]` of each layer (inputs of a filter are lines, columns and channels of what it looks at),
 * `fields.intercepts`, `fields.lossCurve`, one loss a pass, and `fields.nIter`. Two trainings on one adapter are bit-identical.
 *
 * @throws E_PARAMS for invalid options; when training, E_SHAPE for rows that are no pictures, E_CLASS for rows of one class, E_DATA for
 *   rows that weigh nothing and for weights that become too large
 * @example
 * fit(chain(scale({ factor: 1 / 255 }), convolutionalClassifier({ seed: 1 })));
 */
export const convolutionalClassifier = defineEstimator<ConvolutionalOptions>()({
  name: 'convolutionalClassifier',
  kind: 'classifier',
  params: convolutionalParams,
  async train(rows, { height, filters, kernelSize, ...params }, context): Promise<ConvolutionalFields> {
    const learning = classLearning(rows);
    const shape = { picture: pictureOf(rows, height), filters, kernelSize };
    const shapes = convolutionalShapes(shape.picture, shape, [...params.hiddenLayerSizes, learning.outputs]);
    const all = { ...mlpParams.parse({}), ...params, learningRate: 'falling' as const };
    const { progress: _, ...fields } = await trained('convolutionalClassifier', rows, shapes, learning, all, context);
    return { ...shape, ...fields };
  },
  scores: (fields, rows, context) => {
    const { picture, filters, intercepts } = fields;
    const units = intercepts.slice(filters.length).map((own) => own.length);
    return networkSays(convolutionalShapes(picture, fields, units), fields, rows, context);
  },
  response: 'probabilities',
  probabilities: (scores, { classes }) => probabilities(scores, classes.length),
  summary: ({ nIter, lossCurve }) => ({ nIter, loss: lossCurve.at(-1)! }),
});

/** @throws E_SHAPE where pictures of that size do not have as many numbers as rows have features */
function pictureOf({ name, x: { cols }, picture }: Pick<Rows, 'name' | 'x' | 'picture'>, given: number | undefined): Picture {
  const channels = picture?.colors === 'rgb' ? 3 : 1;
  const height = given ?? picture?.height;
  if (picture && given !== undefined && given !== picture.height) {
    throw new PipelineError('E_SHAPE', `convolutionalClassifier: height is ${given}, and the pictures of ${name} have ${picture.height} lines.`, {
      hint: 'Leave height out.',
    });
  }
  if (height === undefined) {
    throw new PipelineError('E_SHAPE', `convolutionalClassifier: the rows of ${name} are no pictures.`, {
      hint: 'Give the dataset a picture: { width, height }, or the estimator the number of lines: height.',
    });
  }
  const width = cols / channels / height;
  if (Number.isInteger(width)) return { height, width, channels };
  throw new PipelineError(
    'E_SHAPE',
    `convolutionalClassifier: the ${cols} columns of ${name} are no ${height} lines of ${channels === 3 ? 'red, green and blue' : 'pixels'}.`,
    {
      hint: 'Give a height that divides them.',
    },
  );
}
