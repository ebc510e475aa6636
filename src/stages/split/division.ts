// How a list of rows is divided: by ranges, by chance, by groups or by time.
import { called } from '../../core/data/classNames.ts';
import { hasClasses, type Rows } from '../../core/data/dataset.ts';
import { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import { drawnByClass, drawnGroups, drawnRows, lastRows, sidesOf, type Sides, type TrainTest } from '../../core/folds/trainTest.ts';
import { seedParam, z, type OneOf, type ShapeOf } from '../../dsl/params.ts';
import { callerPlace } from '../../dsl/place.ts';
import { PARTS } from '../shared/parts.ts';
import { orderOfTime, timeColumn } from './byTime.ts';
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

/** Parts by how many rows they hold back. */
export interface Shares {
  /** A share of the rows between 0 and 1, or a number of them. */
  readonly test: number;
  /** To choose between models with: a share of all rows, or a number of them; no such part by default. */
  readonly validation?: number | undefined;
}

/** Rows held back at random, as scikit-learn's `train_test_split` does it. */
export interface HeldBackOptions extends Shares {
  /** 0 to 2^32 - 1: the same seed draws the same rows here and in scikit-learn. The run's seed by default. */
  readonly seed?: number | undefined;
  /** Whether each class has the same share of the rows in each part. Default false. */
  readonly stratify?: boolean | undefined;
  /** False: the last rows are held back, in order. Default true. */
  readonly shuffle?: boolean | undefined;
}

/** Whole groups held back at random, as scikit-learn's `GroupShuffleSplit` does it. Shares and numbers are of groups. */
export interface GroupSplitOptions extends Shares {
  /** The rows of each group go into one part. */
  readonly groups: true;
  /** 0 to 2^32 - 1: the same seed draws the same groups here and in scikit-learn. The run's seed by default. */
  readonly seed?: number | undefined;
}

/** The latest rows held back. */
export interface TimeSplitOptions extends Shares {
  /** Column that says when a row was: its name, or its number. */
  readonly time: string | number;
}

/** One way to split. */
export type SplitChoice = OneOf<SplitOptions | HeldBackOptions | GroupSplitOptions | TimeSplitOptions>;

/** Options of all kinds, as `--set` knows them. */
interface AnyOptions extends Partial<
  Omit<SplitOptions, 'test' | 'validation'> & Omit<HeldBackOptions & GroupSplitOptions & TimeSplitOptions, 'test' | 'validation'>
> {
  readonly validation?: Range | number | undefined;
  readonly test: Range | number;
}

const range = z.tuple([z.int().min(0), z.int().min(1)], { error: 'needs [first row, row after the last], two whole numbers' });
const SHARE = 'needs a share of the rows between 0 and 1, a number of them, or [first row, row after the last]';
const part = z.union([range, z.number().refine((value) => value > 0 && (value < 1 || Number.isInteger(value)), { error: SHARE })], { error: SHARE });
export const splitParams = z.strictObject({
  train: range.optional().describe('rows to train on: [first row, row after the last]'),
  validation: part.optional().describe('rows to choose between models with: [first row, row after the last], or as for test'),
  test: part.describe('rows to test on: [first row, row after the last], a share of the rows, or a number of them'),
  seed: seedParam,
  stratify: z.boolean().default(false).describe('the same share of each class in each part'),
  shuffle: z.boolean().default(true).describe('draw the rows by chance; false: hold back the last ones'),
  groups: z.literal(true).optional().describe('the rows of each group go into one part'),
  time: z
    .union([z.string(), z.int().min(0)], { error: 'needs the name of a column, or its number' })
    .optional()
    .describe('hold back the latest rows, by this column'),
} satisfies ShapeOf<AnyOptions>);
type Params = z.output<typeof splitParams>;

type Positions = Readonly<Partial<Record<Part, Uint32Array>>>;

/** What is known of the rows before they are there. */
export interface KnownRows {
  /** In the list. */
  readonly rows?: number | undefined;
  /** In the matrix. */
  readonly fetched?: number | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly cols?: number | undefined;
}

/** How rows are divided. */
export interface Division {
  readonly parts: readonly Part[];
  readonly params: JsonRecord;
  readonly seeded: boolean;
  /** Rows of each part, if known. @throws for parts that rows do not have */
  sizes(data: string, known: KnownRows): Readonly<Partial<Record<Part, number>>>;
  /** Positions in the list of rows, by part. */
  positions(data: Rows, seed: () => number): Positions | Promise<Positions>;
}

/** @throws E_PARAMS for options that do not fit together */
export function divisionOf(given: Params): Division {
  const { test, validation } = given;
  if (typeof test === 'number') {
    const [odd] = Object.entries({ train: given.train, validation: typeof validation === 'object' || undefined }).flatMap(([name, value]) =>
      value ? [name] : [],
    );
    if (odd !== undefined) throw refused(`test is ${test}, and ${odd} is a range`, 'Write all of them as ranges, or as shares.');
    const shares: Shares = { test, validation: validation as number | undefined };
    return given.groups ? byGroups(given, shares) : given.time !== undefined ? byTime(given, shares, given.time) : byChance(given, shares);
  }
  if (typeof validation === 'number') throw refused(`test is a range, and validation is ${validation}`, 'Write all of them as ranges, or as shares.');
  return byRanges(given, { test, validation });
}

/** Of what is given, by name, what has no meaning beside what else is. */
function chosen({ seed, stratify, shuffle, groups, time }: Params): JsonRecord {
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(stratify ? { stratify } : {}),
    ...(shuffle ? {} : { shuffle }),
    ...(groups ? { groups } : {}),
    ...(time === undefined ? {} : { time }),
  };
}

function byRanges(given: Params, { test, validation }: { readonly test: Range; readonly validation: Range | undefined }): Division {
  const { train } = given;
  const [odd] = Object.keys(chosen(given));
  if (odd !== undefined) throw refused(`${odd} is of rows that are held back by a share, and test is a range`, `Leave ${odd} out, or write test: 0.25.`);
  if (!train) throw refused('test is a range, and train is not given', 'Give both: train: [0, 100], test: [100, 150]; or test: 0.25.');
  const ranges = { train, validation, test };
  const there = PARTS.flatMap((name) => (ranges[name] ? [[name, ranges[name]] as const] : []));
  return {
    parts: there.map(([name]) => name),
    params: Object.fromEntries(there),
    seeded: false,
    sizes(data, { rows, fetched }) {
      checkRanges(there, data, rows, fetched);
      return Object.fromEntries(there.map(([name, [from, to]]) => [name, to - from]));
    },
    positions: () => Object.fromEntries(there.map(([name, [from, to]]) => [name, Uint32Array.from({ length: to - from }, (_, i) => from + i)])),
  };
}

function byChance(given: Params, shares: Shares): Division {
  const { seed, stratify, shuffle } = given;
  if (stratify && !shuffle) throw refused('stratify draws rows, and shuffle: false takes the last ones', 'Leave one of them out.');
  return {
    ...ofShares(given, shares, shuffle && seed === undefined),
    positions(data, ownSeed) {
      if (!shuffle) return inTurn(shares, data.rows.length, (rows, sides) => lastRows(rows.length, sides(rows.length)));
      const drawnBy = seed ?? ownSeed();
      if (!stratify) return inTurn(shares, data.rows.length, (rows, sides) => drawnRows(rows.length, sides(rows.length), new RandomState(drawnBy)));
      if (!hasClasses(data)) {
        throw new PipelineError('E_DATA', `split: stratify keeps the shares of classes; the rows of ${data.name} have no classes.`, {
          hint: 'Leave stratify out.',
        });
      }
      const { classNames, labels } = data;
      return inTurn(shares, data.rows.length, (rows, sides) => {
        const own = Array.from(rows, (position) => labels[data.rows[position]!]!);
        return drawnByClass('split', own, sides(rows.length), new RandomState(drawnBy), (label) => called(label, classNames));
      });
    },
  };
}

function byGroups(given: Params, shares: Shares): Division {
  const { seed } = given;
  const odd = Object.keys(chosen(given)).find((name) => name !== 'groups' && name !== 'seed');
  if (odd !== undefined) throw refused(`groups are held back whole, at random, and ${odd} is given`, `Leave ${odd} or groups out.`);
  return {
    ...ofShares(given, shares, seed === undefined),
    sizes: () => ({}),
    positions(data, ownSeed) {
      const { groups } = data;
      if (!groups) {
        throw new PipelineError('E_DATA', `split: groups stay whole; the rows of ${data.name} have no groups.`, {
          hint: 'Give the dataset groups: Uint32Array.of(0, 0, 1), one for each row of x, or leave groups out.',
        });
      }
      const drawnBy = seed ?? ownSeed();
      const count = new Set(Array.from(data.rows, (row) => groups[row]!)).size;
      return inTurn(
        shares,
        data.rows.length,
        (rows, sides) => {
          const own = Array.from(rows, (position) => groups[data.rows[position]!]!);
          return drawnGroups(own, (left) => sides(left, count), new RandomState(drawnBy));
        },
        'group',
      );
    },
  };
}

function byTime(given: Params, shares: Shares, time: string | number): Division {
  const odd = Object.keys(chosen(given)).find((name) => name !== 'time');
  if (odd !== undefined) throw refused(`time holds back the latest rows, and ${odd} is given`, `Leave ${odd} or time out.`);
  const base = ofShares(given, shares, false);
  return {
    ...base,
    sizes(data, known) {
      if (known.cols !== undefined || known.columns) timeColumn(data, time, known);
      return base.sizes(data, known);
    },
    async positions(data) {
      const order = await orderOfTime(data, time);
      const parts = inTurn(shares, order.length, (rows, sides) => lastRows(rows.length, sides(rows.length)));
      return Object.fromEntries(Object.entries(parts).map(([name, positions]) => [name, positions.map((at) => order[at]!)]));
    },
  };
}

/** What divisions by shares have in common. */
function ofShares(given: Params, { test, validation }: Shares, seeded: boolean): Omit<Division, 'positions'> {
  return {
    parts: validation === undefined ? ['train', 'test'] : PARTS,
    params: { test, ...(validation === undefined ? {} : { validation }), ...chosen(given) },
    seeded,
    sizes(_data, { rows }) {
      if (rows === undefined) return {};
      const held = sidesOf('split', rows, { test }).test;
      if (validation === undefined) return { train: rows - held, test: held };
      const chosenBy = validationSides(rows - held, rows, validation).test;
      return { train: rows - held - chosenBy, validation: chosenBy, test: held };
    },
  };
}

type Sided = (left: number, all?: number) => Sides;

/**
 * Parts one after the other: first the test part is taken from all rows, then, by the same seed, the validation part from those that are
 * left, in the order that they have then.
 *
 * @param take of rows, by their positions in the list, and how many to take of so many
 */
function inTurn({ test, validation }: Shares, count: number, take: (rows: Uint32Array, sides: Sided) => TrainTest, what = 'row'): Positions {
  const all = Uint32Array.from({ length: count }, (_, position) => position);
  const first = take(all, (left) => sidesOf('split', left, { test }, what));
  if (validation === undefined) return first;
  const second = take(first.train, (left, of = count) => validationSides(left, of, validation, what));
  const chosenOf = (positions: Uint32Array): Uint32Array => positions.map((position) => first.train[position]!);
  return { train: chosenOf(second.train), validation: chosenOf(second.test), test: first.test };
}

/** A share of all, taken from those that are left. */
function validationSides(left: number, all: number, validation: number, what = 'row'): Sides {
  const test = validation < 1 ? Math.ceil(validation * all) : validation;
  if (test < left) return { train: left - test, test };
  const of = `${left} ${left === 1 ? what : `${what}s`}`;
  throw new PipelineError('E_PARAMS', `split: validation is ${validation}, which takes all of the ${of} that test leaves.`, {
    hint: 'Hold back fewer: test: 0.2, validation: 0.1.',
  });
}

function refused(what: string, hint: string): PipelineError {
  return new PipelineError('E_PARAMS', `split: ${what}.`, { at: callerPlace(), hint });
}
