// Scales features without touching x: the scaling travels with the datasets and ends up in the weights.
import type { Scaling } from '../core/data/dataset.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import { parseParams, z } from '../dsl/params.ts';
import { defineStage, type Stage, type StageSpec } from '../dsl/stage/stage.ts';
import type { Split, SplitLike } from '../dsl/stage/state.ts';
import type { ScalingTransform, Transform } from '../dsl/transform.ts';
import { inTurn, standardScalings } from '../transforms/scaling.ts';

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
export function scale(options: z.input<typeof scaleParams>): Stage<Split<'none'>, SplitLike> & Transform {
  const stage = configurable('scale', scaleParams, options, ({ factor, shift }): StageSpec<Split<'none'>, SplitLike> => ({
    id: 'scale',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    code: [],
    keep: 'digests',
    params: { factor, shift },
    infer: ({ train, test }) => ({ train: train!, test: test! }),
    run: ({ train, test }) => {
      const scaling = evenly(train.x.cols, { factor, shift });
      return { adds: scaled({ train, test }, (before) => inTurn(before, scaling)), output: { factor, shift } };
    },
  }));
  const params = stage.spec.params as z.output<typeof scaleParams>;
  const learn: ScalingTransform['learn'] = async ({ x }) => {
    const scaling = evenly(x.cols, params);
    return (before) => inTurn(before, scaling);
  };
  return Object.assign(stage, { transform: { name: 'scale', params, learn } });
}

function scaled({ train, test }: Split<'none'>, by: (before: Scaling | undefined) => Scaling): SplitLike {
  return { train: { ...train, scaling: by(train.scaling) }, test: { ...test, scaling: by(test.scaling) } } as Split<'none'> as SplitLike;
}

function evenly(cols: number, { factor, shift }: z.output<typeof scaleParams>): Scaling {
  return { shift: new Float64Array(cols).fill(shift), factor: new Float64Array(cols).fill(factor) };
}

/**
 * StandardScaler: features with mean 0 and variance 1 over the training rows; test rows are scaled by the training rows'
 * figures, so nothing of them leaks. A constant column is shifted to 0 and keeps its factor. Replaces `train` and `test`. Folds of a
 * cross-validation behind it hold out rows whose figures it knows: `chain(standardize(), estimator)` learns them anew in each fold.
 */
export function standardize(options: Readonly<Record<string, never>> = {}): Stage<Split<'none'>, SplitLike> & Transform {
  parseParams('standardize', z.strictObject({}), options);
  const stage = defineStage<Split<'none'>, SplitLike>({
    id: 'standardize',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    code: [],
    keep: 'digests',
    params: {},
    infer: ({ train, test }) => ({ train: train!, test: test! }),
    run: async ({ train, test }) => {
      const scaling = (await standardScalings(train, undefined))(train.scaling, undefined);
      return { adds: scaled({ train, test }, () => scaling), output: { columns: train.x.cols } };
    },
  });
  return Object.assign(stage, { transform: { name: 'standardize', params: {}, learn: standardScalings } });
}
