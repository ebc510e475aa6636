// Divides the fetched rows into parts. Test rows that were also trained on would make every later score look too good, so an overlap is
// an error here, before anything is fitted.
import { hasClasses, type Rows } from '../../core/data/dataset.ts';
import { configurable } from '../../dsl/stage/configurable.ts';
import { datasetFact, type Facts } from '../../dsl/graph/facts.ts';
import type { Stage, StageSpec } from '../../dsl/stage/stage.ts';
import type { Fetched, Like } from '../../dsl/stage/state.ts';
import { sendBalance } from '../../validation/balance.ts';
import { divisionOf, splitParams, type SplitChoice } from './division.ts';
import type { Part, Range } from './ranges.ts';
import { warnOfParts } from './warnings.ts';

export type { GroupSplitOptions, HeldBackOptions, SplitChoice, SplitOptions, TimeSplitOptions } from './division.ts';

/** Parts of the fetched rows, with their target. */
type PartsOf<P extends Part> = { readonly [K in P]: Like<'data', K> };

type InTwo = Stage<Fetched<'none'>, PartsOf<'train' | 'test'>>;
type InThree = Stage<Fetched<'none'>, PartsOf<Part>>;

/**
 * Divides the list of rows. Adds `train`, `test` and, if it is asked for, `validation`: rows to choose between models with. The more
 * choices they decide, the less they say about how good the chosen model is. Warns of rows that the
 * list repeats in two parts, of rows in two parts that are equal, of groups with rows in two parts, and of classes that a part lacks.
 *
 * - By ranges, first row included and last excluded.
 * - At random, holding back the same rows as scikit-learn's `train_test_split(test_size=test, random_state=seed, stratify=y, shuffle=shuffle)`.
 * - By whole groups, those of `GroupShuffleSplit(1, test_size=test, random_state=seed)`; shares are of groups.
 * - By time: the rows with the largest values of a column are the test part, those before them the validation part. Rows of each part are
 *   in the order of time, and rows of one time in the order fetched.
 *
 * A validation share is a share of all rows. Its rows are those of a second call on the rows that the first one leaves to train on, in
 * their order then, with the same seed: `train_test_split(rest, test_size=ceil(validation * all rows), random_state=seed, stratify=y[rest])`.
 *
 * @throws E_OVERLAP when ranges share rows; E_SHAPE when a range is empty or past the last row; E_PARAMS when a side would be empty;
 *   E_CLASS for a class that cannot be on both sides; E_DATA for rows without groups, or without a time
 * @example
 * split({ train: [0, 50_000], validation: [50_000, 60_000], test: [60_000, 70_000] });
 * split({ test: 0.2, validation: 0.1, seed: 42, stratify: true });
 * split({ test: 0.25, groups: true, seed: 1 });
 * split({ test: 0.2, time: 'date' });
 */
export function split(options: SplitChoice & { readonly validation: Range | number }): InThree;
export function split(options: SplitChoice & { readonly validation?: undefined }): InTwo;
export function split(options: SplitChoice): InTwo & InThree {
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
        const sizes = division.sizes(data?.name ?? 'data', data ?? {});
        return data ? (Object.fromEntries(parts.map((role) => [role, { ...data, role, rows: sizes[role] }])) as Facts) : {};
      },
      run: async ({ data }, context) => {
        division.sizes(data.name, { rows: data.rows.length, fetched: data.x.rows, columns: data.columns, cols: data.x.cols });
        const positions = await division.positions(data, () => context.seed());
        const taken = parts.map((role): Rows => ({ ...data, role, rows: positions[role]!.map((position) => data.rows[position]!) }));
        await warnOfParts(taken, context);
        if (hasClasses(data))
          sendBalance(
            data,
            taken.map(({ role, rows }) => ({ name: role, rows })),
            context,
          );
        return {
          adds: Object.fromEntries(taken.map((part) => [part.role, part])) as never,
          output: Object.fromEntries(taken.map(({ role, rows }) => [`${role}Rows`, rows.length])),
        };
      },
    };
  });
  return stage as InTwo & InThree;
}
