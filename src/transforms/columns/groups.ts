// Which columns are in which group.
import { PipelineError } from '../../core/errors/errors.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import type { Step } from '../../estimators/chain/transformers.ts';

/** A group as it was written. */
export interface Given {
  /** `numbers`, `categories`, or the name of a column. */
  readonly key: string;
  readonly steps: readonly Step[];
}

/** A group of the columns that there are. */
export interface Group {
  readonly key: string;
  readonly columns: readonly number[];
  readonly steps: readonly Step[];
}

const KINDS = ['numbers', 'categories'] as const;

/**
 * @param name of the rows, for errors
 * @param names of their columns
 * @param isNamed whether a column holds names
 * @returns the groups that have a column, and the columns in no group
 * @throws E_PARAMS for a column that does not exist
 */
export function groupsOf(
  given: readonly Given[],
  name: string,
  names: readonly string[],
  isNamed: (column: number) => boolean,
): { readonly groups: readonly Group[]; readonly passed: readonly number[] } {
  const taken = new Set<number>();
  for (const { key } of given) {
    const column = names.indexOf(key);
    const kind = (KINDS as readonly string[]).includes(key);
    if (kind && column >= 0) {
      throw new PipelineError('E_PARAMS', `columns: ${name} has a column '${key}', which is what a group of all ${key} is called too.`, {
        hint: 'Give the column another name.',
      });
    }
    if (kind) continue;
    if (column < 0) throw new PipelineError('E_PARAMS', `columns: ${name} has no column '${key}'.`, { hint: didYouMean(key, [...KINDS, ...names], 'Groups') });
    taken.add(column);
  }
  const all = [...names.keys()];
  const groups = given.map(({ key, steps }) => {
    const own =
      key === 'numbers' || key === 'categories'
        ? all.filter((column) => !taken.has(column) && isNamed(column) === (key === 'categories'))
        : [names.indexOf(key)];
    return { key, columns: own, steps };
  });
  const grouped = new Set(groups.flatMap(({ columns }) => columns));
  return { groups: groups.filter(({ columns }) => columns.length > 0), passed: all.filter((column) => !grouped.has(column)) };
}
