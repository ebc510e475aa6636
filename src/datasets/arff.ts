// ARFF of numbers and names alone, row by row as numbers: a nominal value as its index. Anything else is refused by name.
// Memory is bounded by one line and one row: rows are handed on as they arrive and never collected.
import { ArffParser, linesOf, NUMBER, type ArffColumn } from '../formats/arff/parser.ts';
import { shown } from '../formats/arff/line.ts';

export interface ArffAttribute {
  readonly name: string;
  /** The values of a nominal attribute; undefined for a numeric one. */
  readonly values: readonly string[] | undefined;
}

export interface ArffVisitor {
  readonly header?: (attributes: readonly ArffAttribute[]) => void;
  /** One value per attribute, a nominal one as the index of its value. The array is reused: copy what must stay. */
  readonly row: (values: Float64Array, index: number) => void;
}

/**
 * Reads `body` to its end and returns the number of rows.
 *
 * @param name of the file, for messages
 * @throws E_DATA naming the row and line of the first thing that is not ARFF, and of a missing value (`?`).
 */
export async function readArff(name: string, body: AsyncIterable<Uint8Array>, visitor: ArffVisitor): Promise<number> {
  let columns: readonly ArffColumn[] = [];
  /** By attribute: the index of each nominal value; undefined for a numeric one. */
  let codes: readonly (ReadonlyMap<string, number> | undefined)[] = [];
  let values = new Float64Array();
  const parser: ArffParser = new ArffParser(name, {
    texts: false,
    firstRow: 1,
    open(opened) {
      columns = opened;
      visitor.header?.(columns.map((column) => ({ name: column.name, values: column.values })));
      codes = columns.map((column) => column.values && new Map(column.values.map((value, code) => [value, code])));
      values = new Float64Array(columns.length);
      return codes.map((own) => own === undefined);
    },
    number: (column, value) => void (values[column] = value),
    word(column, word, quoted) {
      const called = shown(columns[column]!.name);
      if (word === '?' && !quoted) parser.fail(`a missing value (?) of attribute ${called}`, 'a value');
      const own = codes[column];
      const value = own ? own.get(word) : NUMBER.test(word) ? Number(word) : undefined;
      if (value === undefined || !Number.isFinite(value))
        parser.fail(`${shown(word)} for attribute ${called}`, own ? 'one of its nominal values' : 'a finite number');
      values[column] = value;
    },
    leftOut: (column) => void (values[column] = 0), // or the first value of a nominal attribute
    endRow: () => visitor.row(values, parser.rows),
  });
  for await (const lines of linesOf(name, body)) for (const line of lines) parser.line(line);
  return parser.end();
}
