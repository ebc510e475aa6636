// What both kinds of bagging share: the options, and the training of one model for each bag.
import { checkColumns } from '../../core/data/columns.ts';
import { weightsOf, type Dataset, type TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { RandomState } from '../../core/data/random.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { Estimator, Job, Predictor, RowsOf, Trained, TrainOptions } from '../../dsl/estimator.ts';
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { eachInTurn } from '../../dsl/stage/progress.ts';
import { settingKey } from '../chain/params.ts';
import { seedsFrom, type Told } from '../combined/members.ts';
import type { KnownRows } from '../combined/models.ts';
import { trainParts } from '../../validation/trainParts.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { withColumns } from './columns.ts';
import { bagsOf, type Bag } from './draw.ts';

export interface BaggingOptions {
  /** Number of bags, each with a model of its own. Default 10. */
  readonly nEstimators?: number | undefined;
  /** Rows of a bag: a share below 1, of their number or the sum of their weights, or a number. Default as many as there are rows. */
  readonly maxSamples?: number | undefined;
  /** Columns of a bag: a share below 1, or a number. Default all. */
  readonly maxFeatures?: number | undefined;
  /** Whether a row may be drawn several times. Default true. */
  readonly bootstrap?: boolean | undefined;
  /** Whether a column may be drawn several times. Default false. */
  readonly bootstrapFeatures?: boolean | undefined;
  /** True: each training row is predicted by the models whose bags left it out, and `fields.oobScore` is the score of these predictions. Default false. */
  readonly oobScore?: boolean | undefined;
  /** What bags are drawn from; by default the seed of the run. */
  readonly seed?: number | undefined;
}

const amount = z
  .number()
  .gt(0)
  .refine((value) => value < 1 || Number.isInteger(value), { error: 'a share below 1 or a whole number from 1 is needed' })
  .optional();

export const baggingParams = z.strictObject({
  nEstimators: z.int().min(1).default(10).describe('number of bags'),
  maxSamples: amount.describe('rows of a bag: a share below 1, or a number'),
  maxFeatures: amount.describe('columns of a bag: a share below 1, or a number'),
  bootstrap: z.boolean().default(true).describe('a row may be drawn several times'),
  bootstrapFeatures: z.boolean().default(false).describe('a column may be drawn several times'),
  oobScore: z.boolean().default(false).describe('score training rows by the bags that left them out'),
  seed: seedParam,
} satisfies ShapeOf<BaggingOptions>);

export interface BagFields<M> {
  /** One for each bag. */
  readonly models: readonly M[];
  /** Columns of each bag; absent where each has all as they are. */
  readonly features?: readonly Uint32Array[] | undefined;
  /** What the bags were drawn from. */
  readonly seed: number;
  /** Accuracy or R2 of those predictions, over the rows that at least one bag left out; only if asked for. */
  readonly oobScore?: number | undefined;
}

export function summaryOf({ seed, oobScore }: BagFields<unknown>): JsonRecord {
  return { seed, ...(oobScore === undefined ? {} : { oobScore }) };
}

/** Rows as the model of a bag has to see them. */
export async function rowsFor<R extends RowsOf>(rows: R, { cols, columns, features }: BagFields<unknown> & KnownRows, bag: number): Promise<R> {
  checkColumns(rows.name, { cols: rows.x.cols, columns: rows.columns }, { cols, columns });
  return features ? withColumns(rows, features[bag]!) : rows;
}

/** Settings of the estimator share the bags: they are trained in one call for each. */
export async function trainBags<M extends Predictor, B extends Predictor, T extends TargetKind>(
  owner: string,
  estimator: Estimator<M, never, T>,
  data: Dataset<'train', Features, T>,
  jobs: readonly Job<never>[],
  told: (job: Job<never>) => Told<z.output<typeof baggingParams>>,
  options: TrainOptions,
  context: StageContext,
  make: (rows: Dataset<'train', Features, T>, fields: BagFields<M>) => B,
  scoreLeftOut: (rows: Dataset<'train', Features, T>, bags: readonly Bag[], models: readonly M[]) => Promise<Pick<BagFields<M>, 'oobScore'>>,
): Promise<readonly Trained<B>[]> {
  return trainParts(data, jobs, options, context, async ({ rows, at }, context) => {
    const asked = at.map((i) => told(jobs[i]!));
    // What no bag draws nobody else reads, and a feature that is no number is refused wherever it stands.
    for await (const _ of featureBlocks(rows, { gaps: estimator.takes?.includes('gaps') ?? false }));
    const made: B[] = [];
    const keys = asked.map(({ own }) => settingKey([own]));
    for (const key of new Set(keys)) {
      const same = [...asked.keys()].filter((k) => keys[k] === key);
      const { own } = asked[same[0]!]!;
      const { oobScore } = own;
      const seed = own.seed ?? context.seed();
      const bags = bagsOf(owner, own.nEstimators, seed, { rows: rows.rows.length, cols: rows.x.cols, weights: weightsOf(rows) }, own);
      const models: M[][] = same.map(() => []);
      await eachInTurn(bags, 'bags', context, async (bag, here, i) => {
        const inBag = { ...rows, rows: Uint32Array.from(bag.rows, (row) => rows.rows[row]!), weights: undefined };
        const drawn = seedsFrom(estimator, new RandomState(bag.seed));
        const trained = await estimator.train(
          bag.features ? withColumns(inBag, bag.features) : inBag,
          same.map((k): Job<never, M> => ({ name: `${jobs[at[k]!]!.name} bag ${i + 1}`, params: { ...asked[k]!.ofMembers['estimator'], ...drawn } as never })),
          {},
          { ...here, seed: () => bag.seed },
        );
        trained.forEach(({ model }, k) => models[k]!.push(model));
      });
      const features = bags[0]!.features ? { features: bags.map((bag) => bag.features!) } : {};
      for (const [i, k] of same.entries()) {
        const own = models[i]!;
        made[k] = make(rows, { models: own, ...features, seed, ...(oobScore ? await scoreLeftOut(rows, bags, own) : {}) });
      }
    }
    return made;
  });
}
