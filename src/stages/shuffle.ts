// Permutes the training rows. Only row ids move: x stays where it is.
import type { Rows } from '../core/data/dataset.ts';
import { RandomState } from '../core/data/random.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import { z } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Split, SplitLike } from '../dsl/stage/state.ts';

const params = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
});

/**
 * Shuffles `train` by numpy's `RandomState(seed).permutation(rows)`. Replaces `train`.
 *
 * @param options.seed 0 to 2^32 - 1; the same seed gives the same order here and in numpy. Without one, the run's (`--seed`) decides
 */
export function shuffle(options: z.input<typeof params> = {}): Stage<Pick<Split<'none'>, 'train'>, Pick<SplitLike, 'train'>> {
  return configurable('shuffle', params, options, ({ seed }): StageSpec<Pick<Split<'none'>, 'train'>, Pick<SplitLike, 'train'>> => ({
    id: 'shuffle',
    needs: ['train'],
    provides: ['train'],
    code: [],
    retention: 'digests',
    seeded: seed === undefined,
    params: seed === undefined ? {} : { seed },
    infer: ({ train }) => ({ train: train! }),
    run: ({ train }, context) => {
      const used = seed ?? context.seed();
      const rows = new RandomState(used).permutation(train.rows.length).map((position) => train.rows[position]!);
      return { adds: { train: { ...train, rows } as Rows<'train'> as SplitLike['train'] }, output: { seed: used, firstRows: [...rows.subarray(0, 5)] } };
    },
  }));
}
