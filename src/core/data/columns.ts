// Names of columns. A model knows those that it was fitted on by their names, where they have some: rows whose columns are others,
// or stand in another order, are refused, and never multiplied by the weights of other columns.
import { PipelineError } from '../errors/errors.ts';
import { nearest } from '../errors/didYouMean.ts';

/** How many columns there are, and what they are called where they have names. */
export interface Columns {
  readonly cols: number;
  readonly columns?: readonly string[] | undefined;
}

/** Most names that a message lists. */
const NAMED = 8;

/** For messages: `column 3`, or `column 3 (age)`. */
export function columnCalled(column: number, columns: readonly string[] | undefined): string {
  const name = columns?.[column];
  return name === undefined ? `column ${column}` : `column ${column} (${name})`;
}

/**
 * Whether rows have the columns that a model was fitted on: by name and in their order, where both have names; by number else.
 *
 * @param name of the rows, for the error
 * @throws E_SHAPE naming what is missing, what is more, or what stands elsewhere
 */
export function checkColumns(name: string, rows: Columns, fitted: Columns): void {
  if (rows.columns && fitted.columns) checkNames(name, rows.columns, fitted.columns);
  if (rows.cols === fitted.cols) return;
  throw new PipelineError('E_SHAPE', `${name} has ${rows.cols} columns, the model was fitted on ${fitted.cols}.`, {
    hint: 'Fit and predict on the same columns.',
  });
}

function checkNames(name: string, columns: readonly string[], fitted: readonly string[]): void {
  const [there, known] = [new Set(columns), new Set(fitted)];
  const missing = fitted.filter((one) => !there.has(one));
  const more = columns.filter((one) => !known.has(one));
  if (missing.length > 0) {
    const near = nearest(missing[0]!, more)[0];
    throw new PipelineError('E_SHAPE', `${name} has no ${called(missing)}, which the model was fitted on.`, {
      hint: near === undefined ? 'Fit and predict on the same columns.' : `Is it the column '${near}' there? Name columns as they were named for the fit.`,
    });
  }
  if (more.length > 0) {
    throw new PipelineError('E_SHAPE', `${name} has ${called(more)}, which the model was not fitted on.`, {
      hint: `Leave ${more.length === 1 ? 'it' : 'them'} out, or fit the model with ${more.length === 1 ? 'it' : 'them'}.`,
    });
  }
  const at = columns.findIndex((one, column) => one !== fitted[column]);
  if (at < 0) return;
  throw new PipelineError('E_SHAPE', `The columns of ${name} stand in another order: column ${at} is '${columns[at]}', and was '${fitted[at]}' in the fit.`, {
    hint: `Give them as in the fit: ${fitted.slice(0, NAMED).join(', ')}${fitted.length > NAMED ? ', ...' : ''}.`,
  });
}

function called(names: readonly string[]): string {
  const first = names
    .slice(0, NAMED)
    .map((one) => `'${one}'`)
    .join(', ');
  return `${names.length === 1 ? 'column' : 'columns'} ${first}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`;
}
