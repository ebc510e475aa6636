// Permutes the training rows. Only row ids move: x stays where it is.
import type { Rows } from '../core/data/dataset.ts';
import { RandomState } from '../core/data/random.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import { seedParam, z, type ShapeOf } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Split, SplitLike } from '../dsl/stage/state.ts';

export interface ShuffleOptions {
  /** From 0 to 2^32 - 1; the same seed gives the same order here and in numpy. By default the seed of the run (`--seed`) decides. */
  readonly seed?: number | undefined;
}

const params = z.strictObject({ seed: seedParam } satisfies ShapeOf<ShuffleOptions>);

/**
 * Shuffles `train` with numpy's `RandomState(seed).permutation(rows)`. Replaces `train`.
 *
 * @example
 * pipeline('p', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), shuffle({ seed: 42 }));
 */
export function shuffle(options: ShuffleOptions = {}): Stage<Pick<Split<'none'>, 'train'>, Pick<SplitLike, 'train'>> {
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
