// Errors for a name that a model has never seen, and for a code without a name; they say where it is.
import { categoriesOf } from '../../core/data/categories.ts';
import { columnCalled } from '../../core/data/columns.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { Level } from './columnValues.ts';

/** Names that a message lists. */
const NAMED = 8;

interface Where {
  /** Position among the rows. */
  readonly row: number;
  readonly column: number;
  readonly columns: readonly string[] | undefined;
  readonly value: number;
  readonly levels: readonly Level[];
}

/** @param option that takes such a name */
export function unknownLevel(owner: string, { name, x, rows }: RowsOf, { row, column, columns, value, levels }: Where, option: string): PipelineError {
  const level = categoriesOf(x)?.[column]?.[value] ?? value;
  const known = levels.slice(0, NAMED).join(', ');
  const what = `row ${rows[row]} of ${name} has ${JSON.stringify(level)} in ${columnCalled(column, columns)}`;
  return new PipelineError('E_DATA', `${owner}: ${what}; the rows trained on have ${known}${levels.length > NAMED ? ', ...' : ''}.`, {
    hint: `Say ${option}, or train on rows that have it.`,
  });
}

/** For a code that stands for no name, as in a row that came without the names of its codes. */
export function codeWithoutName(owner: string, { name }: RowsOf, code: number, column: number, columns: readonly string[] | undefined): PipelineError {
  return new PipelineError('E_DATA', `${owner}: a row of ${name} has the code ${code} in ${columnCalled(column, columns)}; there is no name for it.`, {
    hint: 'Give the names with the codes: predictRow(row, context, categories).',
  });
}
