// How many resources each point of a halving has, and which points go on. Source: sklearn/model_selection/_search_successive_halving.py.
import { RandomState } from '../../core/data/random.ts';
import { z } from '../../dsl/params.ts';
import { apart, sidesIn, type FoldBatch } from '../../validation/folding.ts';
import { refused } from './grid.ts';

/** Names of parameters that are numbers. */
export type NumberParam<P> = { [K in keyof P & string]: number extends P[K] ? K : never }[keyof P & string];

/** What points have more of in each iteration. */
export type Resource<P> =
  | {
      /** `'nSamples'`, rows of each fold (default), or a parameter that is a whole number, such as `maxIter`. */
      readonly resource?: 'nSamples' | undefined;
      /** Most of them that a point may have; by default all rows. */
      readonly maxResources?: number | undefined;
    }
  | { readonly resource: NumberParam<P>; readonly maxResources: number };

export interface HalvingOptions {
  /** One in so many points goes on, with so many times the resources. Default 3. */
  readonly factor?: number | undefined;
  /** What points have at first: a number; `'smallest'`, two rows of each fold and class, or 1 of a parameter; or `'exhaust'`, as many as let the last iteration have the most. */
  readonly minResources?: number | 'smallest' | 'exhaust' | undefined;
  /** Where there are too many points, stay at the least resources until few enough are left. Default false. */
  readonly aggressiveElimination?: boolean | undefined;
}

export const halvingParams = {
  factor: z.number().gt(1).default(3).describe('one in so many points goes on'),
  minResources: z.union([z.int().min(1), z.literal('smallest'), z.literal('exhaust')]),
  maxResources: z.int().min(1).optional().describe('most resources of a point'),
  resource: z.string().default('nSamples').describe("'nSamples', or a parameter that is a whole number"),
  aggressiveElimination: z.boolean().default(false).describe('stay at the least resources until few enough points are left'),
};

/** What is known of the rows. */
interface Known {
  readonly rows: number;
  readonly folds: number;
  /** 0 for what has no classes to learn. */
  readonly classes: number;
}

interface Asked {
  readonly factor: number;
  readonly resource: string;
  readonly minResources: number | 'smallest' | 'exhaust';
  readonly maxResources?: number | undefined;
}

/** @throws E_PARAMS where the least resources are more than the most, or these more rows than there are */
export function endsOf(
  owner: string,
  { resource, minResources, maxResources }: Asked,
  { rows, folds, classes }: Known,
): { readonly min: number; readonly max: number } {
  if (resource === 'nSamples' && maxResources !== undefined && maxResources > rows)
    throw refused(owner, `maxResources is ${maxResources}; there are ${rows} rows.`, 'Leave maxResources out for all rows, or give fewer.');
  const least = resource === 'nSamples' ? folds * 2 * Math.max(1, classes) : 1;
  const [min, max] = [typeof minResources === 'number' ? minResources : least, maxResources ?? rows];
  if (min <= max) return { min, max };
  const said =
    typeof minResources === 'number'
      ? `minResources is ${min}`
      : `minResources, '${minResources}', is ${min} rows, two of each fold${classes > 0 ? ' and class' : ''}`;
  throw refused(
    owner,
    `${said}; there are ${max} at most.`,
    typeof minResources === 'number' ? 'Give fewer, or a larger maxResources.' : 'Use fewer folds, or give minResources.',
  );
}

/** Resources of each iteration, of so many points at first. */
export function schedule(
  points: number,
  { factor, minResources, aggressiveElimination }: Pick<Asked, 'factor' | 'minResources'> & { readonly aggressiveElimination: boolean },
  { min, max }: { readonly min: number; readonly max: number },
): readonly number[] {
  const required = 1 + Math.floor(Math.log(points) / Math.log(factor));
  const first = minResources === 'exhaust' ? Math.max(min, Math.floor(max / factor ** (required - 1))) : min;
  const possible = 1 + Math.floor(Math.log(Math.floor(max / first)) / Math.log(factor));
  const iterations = aggressiveElimination ? required : Math.min(possible, required);
  return Array.from({ length: iterations }, (_, iter) => {
    const power = aggressiveElimination ? Math.max(0, iter - required + possible) : iter;
    return Math.min(max, Math.floor(factor ** power * first));
  });
}

/** Positions of the best, the best last; of equal scores the later ones. An undefined score is the worst. */
export function best(scores: readonly number[], count: number): readonly number[] {
  const worth = (at: number): number => (Number.isNaN(scores[at]) ? -Infinity : scores[at]!);
  const order = [...scores.keys()].toSorted((a, b) => worth(a) - worth(b) || 0);
  return order.slice(-count);
}

/** Rows that are left of so many when points have `count` of all rows. */
function left(of: number, count: number, rows: number): number {
  return Math.floor((count / rows) * of);
}

/** @throws E_PARAMS where so few rows leave a fold none to train on, or none to score: points would be chosen by nothing */
export function checkSides(owner: string, batches: readonly FoldBatch[], rows: number, { count, max }: { readonly count: number; readonly max: number }): void {
  if (count >= rows) return;
  const sizes = batches.flatMap(({ fold, held }) => {
    const own = new Array<number>(held).fill(0);
    for (const one of fold) if (one < held) own[one]!++;
    return own.map((test) => ({ test, train: fold.length - test }));
  });
  for (const [fold, { test, train }] of sizes.entries()) {
    const [few, what] = test < train ? [test, 'score'] : [train, 'train on'];
    if (left(few, count, rows) > 0) continue;
    let enough = Math.ceil(rows / Math.min(...sizes.flatMap((size) => [size.test, size.train])));
    while (left(few, enough, rows) === 0) enough++;
    const hint = `Use folds that ${what} more rows each, such as folds: 5${enough <= max && enough < rows ? `, or minResources: ${enough} or more` : ''}.`;
    throw refused(owner, `with ${count} of ${rows} rows, fold ${fold + 1} has no row left to ${what}, of ${few}.`, hint);
  }
}

/** Some rows of each fold, of both sides alike, as `resample(rows, replace=False, random_state=seed)` draws them. */
export function subsampled(
  batches: readonly FoldBatch[],
  rows: number,
  { count, seed }: { readonly count: number; readonly seed: number },
): readonly FoldBatch[] {
  if (count >= rows) return batches;
  const some = (of: Uint32Array): Uint32Array => new RandomState(seed).shuffle(of.slice()).slice(0, left(of.length, count, rows));
  return Array.from(sidesIn(batches, rows), ({ train, test }) => apart({ train: some(train), test: some(test) }, rows));
}
