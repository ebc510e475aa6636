// Columns of names. A matrix holds the position of each name, and what the positions mean beside them: whoever takes them for
// quantities would learn from the alphabet. So they are refused wherever numbers are needed, and other rows are read by name, never
// by position.
import { PipelineError } from '../errors/errors.ts';
import { columnCalled } from './columns.ts';
import type { Features } from './features.ts';
import type { Categories, Matrix, Meanings } from './matrix.ts';

export function meaningsOf(x: Features): Meanings {
  return 'indptr' in x ? {} : x;
}

/** Absent where all columns are numbers. */
export function categoriesOf(x: Features): Categories | undefined {
  return meaningsOf(x).categories;
}

/**
 * Gives codes other numbers, in place.
 *
 * @param data some rows, `[rows][codes.length]`
 * @param codes the new code of each, by column; null for a column of numbers
 */
export function recode(data: Float64Array, codes: readonly (ArrayLike<number> | null)[]): void {
  codes.forEach((own, column) => {
    if (!own) return;
    for (let at = column; at < data.length; at += codes.length) if (data[at] === data[at]) data[at] = own[data[at]!]!;
  });
}

/** What is known of rows that are asked for numbers. */
interface Named {
  readonly name: string;
  readonly x: Features;
  readonly columns?: readonly string[] | undefined;
}

/**
 * @param owner who needs numbers
 * @throws E_DATA for rows that have a column of names
 */
export function checkNoNames(owner: string, { name, x, columns }: Named): void {
  const column = categoriesOf(x)?.findIndex((names) => names !== null) ?? -1;
  if (column >= 0) throw namesNotNumbers(owner, name, columnCalled(column, columns));
}

/**
 * @param fitted names that columns had when the model was fitted
 * @throws E_DATA for a column that holds names here and held numbers in the fit, or the other way round
 */
export function checkSameKinds({ name, x, columns }: Named, fitted: Categories | undefined): void {
  const here = categoriesOf(x);
  for (let column = 0; column < x.cols; column++) {
    const [now, before] = [here?.[column], fitted?.[column]].map((names) => (names ? 'names' : 'numbers'));
    if (now === before) continue;
    throw new PipelineError('E_DATA', `${columnCalled(column, columns)} of ${name} holds ${now}, and held ${before} in the fit.`, {
      hint: 'Describe the column as it was for the fit: category() or number().',
    });
  }
}

/** @param column as it is called: `column 3 (sex)` */
export function namesNotNumbers(owner: string, name: string, column: string): PipelineError {
  return new PipelineError('E_DATA', `${owner} takes numbers; ${column} of ${name} holds names.`, {
    hint: 'Make numbers of them first: chain(columns({ categories: oneHot() }), ...), or ordinal() in its place.',
  });
}

/**
 * The first code that has no name.
 *
 * @returns its row and column; undefined where all have one
 */
export function codeWithoutName({ rows, cols, data, categories = [] }: Matrix): { readonly row: number; readonly column: number } | undefined {
  for (const [column, names] of categories.entries()) {
    if (!names) continue;
    for (let row = 0; row < rows; row++) {
      const code = data[row * cols + column]!;
      if (code === code && names[code] === undefined) return { row, column };
    }
  }
  return undefined;
}
