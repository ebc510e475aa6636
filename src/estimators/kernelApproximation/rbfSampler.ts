// Waves of random directions, whose products are on average the kernel of two rows. As scikit-learn 1.9's RBFSampler (Rahimi and
// Recht 2007).
import { RandomState } from '../../core/data/random.ts';
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../define/define.ts';
import { linearValues } from '../linear/linearValues.ts';
import { gammaOf, measure } from '../supportVectors/measure.ts';
import { normalsOf } from './normals.ts';

/** Angles up to about this are told by f32 to within a hundred-thousandth. */
const MOST_ANGLE = 64;

export interface RbfSamplerOptions {
  /** Of the kernel exp(-gamma |a - b|^2): a number above 0, or 'scale' for 1 / (columns * variance of all features). Default 1. */
  readonly gamma?: number | 'scale' | undefined;
  /** Features that are made of each row. Default 100. */
  readonly nComponents?: number | undefined;
  /** What directions are drawn from. Default: the seed of the run. */
  readonly seed?: number | undefined;
}

const GAMMA_NEEDED = "gamma says how fast the kernel falls with the distance: a number above 0, or 'scale'";

const params = z.strictObject({
  gamma: z
    .union([z.literal('scale'), z.number().positive()], { error: GAMMA_NEEDED })
    .default(1)
    .describe("how fast the kernel falls with the distance, or 'scale'"),
  nComponents: z.int().min(1).default(100).describe('features that are made of each row'),
  seed: seedParam.describe('what directions are drawn from'),
} satisfies ShapeOf<RbfSamplerOptions>);

export interface Fields {
  readonly gamma: number;
  /** Directions, `[components][cols]`. */
  readonly randomWeights: readonly Float64Array[];
  /** Where each wave begins, from 0 to 2 pi, `[components]`. */
  readonly randomOffset: Float64Array;
}

/**
 * `sklearn.kernel_approximation.RBFSampler`: features whose products are on average the kernel exp(-gamma |a - b|^2) of two rows, so
 * that a linear model of them is nearly one with that kernel, at the cost of a linear one. A seed draws the directions of scikit-learn.
 * Only the number of columns is learned, and with `gamma: 'scale'` how much features vary. Scale features first.
 *
 * Rows `[rows, cols]` become `[rows, components]`: sqrt(2 / components) * cos(row * weights + offset). Products run on the device in f32,
 * or in about float64 where angles are so large that f32 would lose them.
 *
 * @throws E_PARAMS for invalid parameters; E_DATA for features that are not finite
 * @example
 * fit(chain(standardize(), rbfSampler({ gamma: 0.1, nComponents: 500, seed: 1 }), linearSVC()));
 */
export const rbfSampler = defineEstimator<RbfSamplerOptions>()({
  name: 'rbfSampler',
  kind: 'transformer',
  params,
  async train(rows, { gamma: given, nComponents, seed }): Promise<Fields> {
    const gamma = gammaOf(given, await measure(rows), () => true);
    const random = new RandomState(seed);
    const normal = normalsOf(random);
    const randomWeights = Array.from({ length: nComponents }, () => new Float64Array(rows.x.cols));
    for (let j = 0; j < rows.x.cols; j++) for (const own of randomWeights) own[j] = Math.sqrt(2 * gamma) * normal();
    return { gamma, randomWeights, randomOffset: Float64Array.from({ length: nComponents }, () => 2 * Math.PI * random.double()) };
  },
  outputs: ({ randomOffset }) => randomOffset.length,
  async scores({ gamma, randomWeights, randomOffset }, rows, context) {
    const { lengths } = await measure(rows);
    const angle = Math.sqrt(2 * gamma * lengths.reduce((most, length) => Math.max(most, length), 0));
    const waves = await linearValues({ coef: randomWeights, intercept: randomOffset }, rows, context, { precise: angle > MOST_ANGLE });
    const height = Math.sqrt(2 / randomOffset.length);
    for (let at = 0; at < waves.length; at++) waves[at] = height * Math.cos(waves[at]!);
    return waves;
  },
  summary: ({ gamma, randomOffset }) => ({ components: randomOffset.length, gamma }),
});
