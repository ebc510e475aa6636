// Points drawn by chance, as scikit-learn's ParameterSampler draws them: the same seed gives the same points. Source:
// sklearn/model_selection/_search.py, sklearn/utils/_random.pyx and the distributions of scipy.stats.
import { RandomState } from '../../core/data/random.ts';
import { kindOf } from '../../dsl/stage/checkOwn.ts';
import type { Estimator } from '../../dsl/estimator.ts';
import { z, type OneOf } from '../../dsl/params.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { checkNames, checkPoints, refused, written } from './grid.ts';

/** A range that numbers are drawn from, one of three. */
export type Distribution = OneOf<
  | {
      /** Any number from the first to the second, each as likely. */
      readonly uniform: readonly [low: number, high: number];
    }
  | {
      /** The same of logarithms: as many between 0.01 and 0.1 as between 1 and 10. */
      readonly logUniform: readonly [low: number, high: number];
    }
  | {
      /** Whole numbers from the first up to, but not including, the second. */
      readonly integers: readonly [low: number, high: number];
    }
>;

/** Values to draw from, by parameter: a list, or for numbers a range. */
export type Distributions<P> = { readonly [K in keyof P]?: readonly P[K][] | (number extends P[K] ? Distribution : never) };

export const distributionsParam = z
  .record(z.string(), z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]))
  .describe('values to draw from, by parameter');

type Values = readonly unknown[] | Distribution;

/** Points of lists alone are drawn without replacement; beyond this many there is no drawing them by number. */
const MOST_POINTS = 2 ** 32;

/** @throws E_PARAMS for what cannot be drawn from, and for values that the parameter cannot have */
export function checkDistributions(owner: string, estimator: Pick<Estimator, 'name' | 'jobParams'>, given: object): void {
  checkNames(owner, estimator, given, 'distributions');
  for (const [key, values] of Object.entries(given) as [string, unknown][]) {
    const wrong = wrongWith(values);
    if (wrong === undefined) continue;
    throw refused(owner, `'${key}' ${wrong}`, `Give it a list, or a range: { ${written(key)}: { uniform: [0, 1] } }, logUniform or integers.`);
  }
  if (gridSize(given) > MOST_POINTS)
    throw refused(owner, 'the lists have more than 2^32 points.', 'Give some of them fewer values, or a range in place of a list.');
  for (const [key, values] of Object.entries(given) as [string, Values][])
    checkPoints(
      owner,
      estimator,
      (Array.isArray(values) ? values : outermost(values as Distribution)).map((value: unknown) => ({ [key]: value })),
    );
}

/** The smallest and the largest number of a range, but for its ends where these are as good as never drawn: a parameter need not allow them. */
function outermost({ uniform, logUniform, integers }: Distribution): readonly number[] {
  if (integers) return [integers[0], integers[1] - 1];
  const [low, high] = (uniform ?? logUniform)!;
  const little = (high - low) * 1e-9;
  return [low + little, high - little];
}

/** Warns where lists have fewer points than an option asks for. */
export function warnOfFewPoints(
  given: object,
  asked: number,
  { option, cure }: { readonly option: string; readonly cure: string },
  { emit, stage }: Pick<StageContext, 'emit' | 'stage'>,
): void {
  const size = gridSize(given);
  if (size === 0 || size >= asked) return;
  const message = `The lists have ${size} ${size === 1 ? 'point' : 'points'}, fewer than ${option}, ${asked}: each is tried once.`;
  emit({ type: 'warning', stage, code: 'W_SEARCH', message, hint: `${cure}, or give a parameter a range to draw from.` });
}

function wrongWith(values: unknown): string | undefined {
  if (Array.isArray(values)) return values.length > 0 ? undefined : 'needs values to draw from; an empty list arrived.';
  if (values === null || typeof values !== 'object') return `needs values to draw from; ${kindOf(values)} arrived.`;
  const ranges = Object.entries(values) as [string, unknown][];
  const [kind, ends] = ranges[0] ?? [];
  if (ranges.length !== 1 || !['uniform', 'logUniform', 'integers'].includes(kind!)) {
    return `is drawn from ${ranges.map(([name]) => name).join(', ') || 'nothing'}; one of uniform, logUniform and integers is needed.`;
  }
  const two = Array.isArray(ends) && ends.length === 2 && ends.every((end) => Number.isFinite(end)) ? (ends as [number, number]) : undefined;
  if (!two) return `has a range ${kind} that is no pair of numbers.`;
  const [low, high] = two;
  if (!(low < high)) return `has a range ${kind} from ${low} to ${high}, which is empty.`;
  if (kind === 'logUniform' && low <= 0) return `has a range logUniform from ${low}; a number above 0 is needed.`;
  if (kind === 'integers' && !(Number.isSafeInteger(low) && Number.isSafeInteger(high)))
    return `has a range integers from ${low} to ${high}; whole numbers are needed.`;
  if (kind === 'integers' && high - low > MOST_POINTS) return 'has a range integers of more than 2^32 numbers.';
  return undefined;
}

/** How many points lists have; 0 where some values are drawn from ranges. */
export function gridSize(given: object): number {
  return Object.values(given).reduce<number>((size, values: Values) => (Array.isArray(values) ? size * values.length : 0), 1);
}

/** `ParameterSampler(distributions, n_iter=count, random_state=seed)`: as many points, or all that lists have where those are fewer. */
export function drawPoints<P>(distributions: Distributions<P>, count: number, seed: number): readonly Partial<P>[] {
  const random = new RandomState(seed);
  // By name, as scikit-learn draws: the order in which they are written changes nothing.
  const drawn = (Object.entries(distributions) as [string, Values][]).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const asWritten = (values: ReadonlyMap<string, unknown>): Partial<P> =>
    Object.fromEntries(Object.keys(distributions).map((key) => [key, values.get(key)])) as Partial<P>;
  const size = gridSize(distributions);
  if (size === 0) return Array.from({ length: count }, () => asWritten(new Map(drawn.map(([key, values]) => [key, drawnFrom(values, random)]))));
  return withoutReplacement(size, Math.min(count, size), random).map((number) => {
    let left = number;
    // The last name varies fastest.
    const point = drawn.toReversed().map(([key, values]): [string, unknown] => {
      const list = values as readonly unknown[];
      const at = left % list.length;
      left = Math.floor(left / list.length);
      return [key, list[at]];
    });
    return asWritten(new Map(point));
  });
}

function drawnFrom(values: Values, random: RandomState): unknown {
  if (Array.isArray(values)) return values[random.interval(values.length - 1)];
  const { uniform, logUniform, integers } = values as Distribution;
  if (uniform) return uniform[0] + random.double() * (uniform[1] - uniform[0]);
  if (integers) return integers[0] + random.interval(integers[1] - integers[0] - 1);
  const [low, high] = [Math.log(logUniform![0]), Math.log(logUniform![1])];
  return Math.exp(low + random.double() * (high - low));
}

/** `sample_without_replacement(size, count, random_state=random)` */
function withoutReplacement(size: number, count: number, random: RandomState): readonly number[] {
  const ratio = count / size;
  if (ratio > 0.01 && ratio < 0.99) return [...random.permutation(size).subarray(0, count)];
  if (ratio < 0.2) {
    const drawn = new Set<number>();
    while (drawn.size < count) drawn.add(random.interval(size - 1));
    return [...drawn];
  }
  const drawn = Array.from({ length: count }, (_, i) => i);
  for (let i = count; i < size; i++) {
    const at = random.interval(i);
    if (at < count) drawn[at] = i;
  }
  return drawn;
}
