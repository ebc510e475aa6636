// Scales features without touching x: the scaling travels with the datasets and is folded into the weights.
import { checkNoNames } from '../core/data/categories.ts';
import type { Dataset, Scaling } from '../core/data/dataset.ts';
import type { Features } from '../core/data/features.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import { parseParams, z, type ShapeOf } from '../dsl/params.ts';
import { defineStage, type Stage, type StageSpec } from '../dsl/stage/stage.ts';
import type { AnySplit, SplitLike } from '../dsl/stage/state.ts';
import type { ScalingTransform, Transform } from '../dsl/transform.ts';
import { inTurn, standardScalings } from '../transforms/scaling.ts';
import { eachFact, eachPart } from './shared/parts.ts';

export interface ScaleOptions {
  /** Features are multiplied by this after the shift; not 0. */
  readonly factor: number;
  /** This is subtracted from features. Default 0. */
  readonly shift?: number | undefined;
}

const scaleParams = z.strictObject({
  factor: z
    .number()
    .refine((factor) => factor !== 0, { error: 'a factor of 0 makes every feature 0, so that nothing can be learned from them' })
    .describe('features are multiplied by this after the shift'),
  shift: z.number().default(0).describe('this is subtracted from features'),
} satisfies ShapeOf<ScaleOptions>);

/**
 * Features become `(x - shift) * factor`, the same for every column; features that are scaled already are scaled again. Replaces every
 * part of a split.
 *
 * @throws E_PARAMS for a factor of 0; E_DATA for a column of names
 * @example
 * scale({ factor: 1 / 255 }); // pixels from 0 to 1
 */
export function scale(options: ScaleOptions): Stage<AnySplit<'none'>, SplitLike> & Transform {
  const stage = configurable('scale', scaleParams, options, ({ factor, shift }): StageSpec<AnySplit<'none'>, SplitLike> => ({
    id: 'scale',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    optional: ['validation'],
    code: [],
    retention: 'digests',
    params: { factor, shift },
    infer: (facts) => eachFact(facts),
    run: (parts) => {
      const scaling = evenly(parts.train, { factor, shift });
      return { adds: scaled(parts, (before) => inTurn(before, scaling)), output: { factor, shift } };
    },
  }));
  const params = stage.spec.params as z.output<typeof scaleParams>;
  const learn: ScalingTransform['learn'] = async (train) => {
    const scaling = evenly(train, params);
    return (before) => inTurn(before, scaling);
  };
  return Object.assign(stage, { transform: { name: 'scale', params, learn } });
}

function scaled(parts: AnySplit<'none'>, by: (before: Scaling | undefined) => Scaling): SplitLike {
  return eachPart(parts, (data) => ({ ...data, scaling: by(data.scaling) })) as SplitLike;
}

function evenly(train: Dataset<'train', Features, 'none'>, { factor, shift }: z.output<typeof scaleParams>): Scaling {
  checkNoNames('scale', train);
  const { cols } = train.x;
  return { shift: new Float64Array(cols).fill(shift), factor: new Float64Array(cols).fill(factor) };
}

/**
 * StandardScaler: features with mean 0 and variance 1 over the training rows. Other rows are scaled with the means and deviations of
 * the training rows, so nothing leaks from them. A constant column is shifted to 0 and keeps its factor. Replaces every part of a
 * split. In a later cross-validation, the means and deviations include the held-out rows; `chain(standardize(), estimator)` learns them
 * anew in each fold.
 *
 * @throws E_DATA for a feature that is not finite, and for a column of names
 * @example
 * pipeline('p', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), standardize(), fit(logisticRegression()));
 */
export function standardize(options: Readonly<Record<string, never>> = {}): Stage<AnySplit<'none'>, SplitLike> & Transform {
  parseParams('standardize', z.strictObject({}), options);
  const stage = defineStage<AnySplit<'none'>, SplitLike>({
    id: 'standardize',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    optional: ['validation'],
    code: [],
    retention: 'digests',
    params: {},
    infer: (facts) => eachFact(facts),
    run: async (parts) => {
      const { train } = parts;
      const scaling = (await standardScalings(train, undefined))(train.scaling, undefined);
      return { adds: scaled(parts, () => scaling), output: { columns: train.x.cols } };
    },
  });
  return Object.assign(stage, { transform: { name: 'standardize', params: {}, learn: standardScalings } });
}
