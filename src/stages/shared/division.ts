// How a list of rows is divided: by ranges, or at random.
import { called } from '../../core/data/classNames.ts';
import { hasClasses, labelsOf, type Rows } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import { drawnByClass, drawnRows, lastRows, testRows } from '../../core/folds/trainTest.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { callerPlace } from '../../dsl/place.ts';
import { PARTS } from './parts.ts';
import { checkRanges, type Part, type Range } from './ranges.ts';

/** Ranges of positions in the list of rows: `[first, last + 1]`. */
export interface SplitOptions {
  /** Rows to train on. */
  readonly train: Range;
  /** Rows to choose between models with; no such part by default. */
  readonly validation?: Range | undefined;
  /** Rows to test on, at the end. */
  readonly test: Range;
}

/** Rows held back at random, as scikit-learn's `train_test_split` does it. */
export interface HeldBackOptions {
  /** A share of the rows between 0 and 1, or a number of them. */
  readonly test: number;
  /** 0 to 2^32 - 1: the same seed draws the same rows here and in scikit-learn. The run's seed by default. */
  readonly seed?: number | undefined;
  /** Whether each class has the same share of the rows on both sides. Default false. */
  readonly stratify?: boolean | undefined;
  /** False: the last rows are held back, in order. Default true. */
  readonly shuffle?: boolean | undefined;
}

/** Both kinds of options, as `--set` knows them. */
interface AnyOptions extends Partial<Omit<SplitOptions, 'test'>>, Omit<HeldBackOptions, 'test'> {
  readonly test: Range | number;
}

const range = z.tuple([z.int().min(0), z.int().min(1)], { error: 'needs [first row, row after the last], two whole numbers' });
const SHARE = 'needs a share of the rows between 0 and 1, a number of them, or [first row, row after the last]';
export const splitParams = z.strictObject({
  train: range.optional(),
  validation: range.optional(),
  test: z.union([range, z.number().refine((value) => value > 0 && (value < 1 || Number.isInteger(value)), { error: SHARE })], { error: SHARE }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  stratify: z.boolean().default(false),
  shuffle: z.boolean().default(true),
} satisfies ShapeOf<AnyOptions>);
type Params = z.output<typeof splitParams>;

/** How rows are divided. */
export interface Division {
  readonly parts: readonly Part[];
  readonly params: JsonRecord;
  readonly seeded: boolean;
  /** Rows of each part, if known. @throws for parts that rows do not have */
  sizes(data: string, rows: number | undefined, fetched: number | undefined): Readonly<Partial<Record<Part, number>>>;
  /** Positions in the list of rows, by part. */
  positions(data: Rows, seed: () => number): Readonly<Partial<Record<Part, Uint32Array>>>;
}

/** @throws E_PARAMS for options that do not fit together */
export function divisionOf(given: Params): Division {
  return typeof given.test === 'number' ? byChance({ ...given, test: given.test }) : byRanges(given);
}

function byRanges({ train, validation, test, seed, stratify, shuffle }: Params): Division {
  const chance = { ...(seed === undefined ? {} : { seed }), ...(stratify ? { stratify } : {}), ...(shuffle ? {} : { shuffle }) };
  const [odd] = Object.keys(chance);
  if (odd !== undefined) throw refused(`${odd} is of rows that are held back by chance, and test is a range`, `Leave ${odd} out, or write test: 0.25.`);
  if (!train) throw refused('test is a range, and train is not given', 'Give both: train: [0, 100], test: [100, 150]; or test: 0.25.');
  const ranges = { train, validation, test: test as Range };
  const given = PARTS.flatMap((part) => (ranges[part] ? [[part, ranges[part]] as const] : []));
  return {
    parts: given.map(([part]) => part),
    params: Object.fromEntries(given),
    seeded: false,
    sizes(data, rows, fetched) {
      checkRanges(given, data, rows, fetched);
      return Object.fromEntries(given.map(([part, [from, to]]) => [part, to - from]));
    },
    positions: () => Object.fromEntries(given.map(([part, [from, to]]) => [part, Uint32Array.from({ length: to - from }, (_, i) => from + i)])),
  };
}

function byChance({ train, validation, test, seed, stratify, shuffle }: Params & { readonly test: number }): Division {
  if (train || validation) throw refused(`test is ${test}, and ${train ? 'train' : 'validation'} is a range`, 'Write all of them as ranges, or test alone.');
  if (stratify && !shuffle) throw refused('stratify draws rows, and shuffle: false takes the last ones', 'Leave one of them out.');
  return {
    parts: ['train', 'test'],
    params: { test, ...(seed === undefined ? {} : { seed }), ...(stratify ? { stratify } : {}), ...(shuffle ? {} : { shuffle }) },
    seeded: shuffle && seed === undefined,
    sizes(_data, rows) {
      if (rows === undefined) return {};
      const held = testRows(rows, test);
      return { train: rows - held, test: held };
    },
    positions(data, ownSeed) {
      const count = data.rows.length;
      const held = testRows(count, test);
      if (!shuffle) return lastRows(count, held);
      const drawnBy = seed ?? ownSeed();
      if (!stratify) return drawnRows(count, held, drawnBy);
      if (!hasClasses(data)) {
        throw new PipelineError('E_DATA', `split: stratify keeps the shares of classes; the rows of ${data.name} have no classes.`, {
          hint: 'Leave stratify out.',
        });
      }
      const { classNames } = data;
      return drawnByClass(labelsOf(data), held, drawnBy, (label) => called(label, classNames));
    },
  };
}

function refused(what: string, hint: string): PipelineError {
  return new PipelineError('E_PARAMS', `split: ${what}.`, { at: callerPlace(), hint });
}
