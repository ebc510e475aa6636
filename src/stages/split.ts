// Divides the fetched rows into parts. Test rows that were also trained on would make every later score look too good, so an overlap is
// an error here, before anything is fitted.
import { groupsCalled, sharedGroups } from '../core/folds/groups.ts';
import type { Rows } from '../core/data/dataset.ts';
import { leakOf, newOverlap } from '../core/data/overlap.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import { datasetFact, type Facts } from '../dsl/graph/facts.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Fetched, Like } from '../dsl/stage/state.ts';
import { divisionOf, splitParams, type HeldBackOptions, type SplitOptions } from './shared/division.ts';
import { pairsOf } from './shared/parts.ts';
import type { Part, Range } from './shared/ranges.ts';

export type { HeldBackOptions, SplitOptions } from './shared/division.ts';

/** Parts of the fetched rows, with their target. */
type PartsOf<P extends Part> = { readonly [K in P]: Like<'data', K> };

type InTwo = Stage<Fetched<'none'>, PartsOf<'train' | 'test'>>;
type InThree = Stage<Fetched<'none'>, PartsOf<Part>>;

/**
 * Divides the list of rows. Adds `train`, `test` and, if its range is given, `validation`: rows to choose between models with. The more
 * choices they decide, the less they say about how good the chosen model is. Warns of rows that the list repeats in two parts.
 *
 * Splits by ranges, first row included and last excluded; or at random, holding back the same rows as scikit-learn's
 * `train_test_split(test_size=test, random_state=seed, stratify=y, shuffle=shuffle)`.
 *
 * @throws E_OVERLAP when ranges share rows; E_SHAPE when a range is empty or past the last row; E_PARAMS when a side would be empty;
 *   E_CLASS for a class that cannot be on both sides
 * @example
 * split({ train: [0, 50_000], validation: [50_000, 60_000], test: [60_000, 70_000] });
 * split({ test: 0.25, seed: 42, stratify: true });
 */
export function split(options: SplitOptions & { readonly validation: Range }): InThree;
export function split(options: (SplitOptions & { readonly validation?: never }) | HeldBackOptions): InTwo;
export function split(options: SplitOptions | HeldBackOptions): InTwo & InThree {
  const stage: InThree = configurable('split', splitParams, options, (given): StageSpec<Fetched<'none'>, PartsOf<Part>> => {
    const division = divisionOf(given);
    const { parts } = division;
    return {
      id: 'split',
      needs: ['data'],
      provides: parts,
      code: [],
      retention: 'digests',
      seeded: division.seeded,
      params: division.params,
      infer: (facts) => {
        const data = datasetFact(facts, 'data');
        const sizes = division.sizes(data?.name ?? 'data', data?.rows, data?.fetched);
        return data ? (Object.fromEntries(parts.map((role) => [role, { ...data, role, rows: sizes[role] }])) as Facts) : {};
      },
      run: async ({ data }, context) => {
        const { emit, stage } = context;
        division.sizes(data.name, data.rows.length, data.x.rows);
        const positions = division.positions(data, () => context.seed());
        const taken = parts.map((role): Rows => ({ ...data, role, rows: positions[role]!.map((position) => data.rows[position]!) }));
        for (const [one, other] of pairsOf(taken)) {
          const overlap = await newOverlap(one, other);
          // Unlike overlapping ranges this may be intended: the same rows drawn again and again.
          const hint = `Let ${data.name} list each row once, and repeat rows of train only, in a stage after split.`;
          if (overlap) emit({ type: 'warning', stage, code: 'W_OVERLAP', message: overlap.message, hint });
          const groups = sharedGroups(one, other);
          if (groups.length > 0) {
            const message = `${groupsCalled(groups, data)} rows in both ${one.role} and ${other.role}. ${leakOf(one.role, 'groups')}`;
            emit({
              type: 'warning',
              stage,
              code: 'W_GROUPS',
              message,
              hint: 'Divide rows where a group ends, with the rows of each group together in the list.',
            });
          }
        }
        return {
          adds: Object.fromEntries(taken.map((part) => [part.role, part])) as never,
          output: Object.fromEntries(taken.map(({ role, rows }) => [`${role}Rows`, rows.length])),
        };
      },
    };
  });
  return stage as InTwo & InThree;
}
