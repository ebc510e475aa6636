// Streaming reader for ARFF, the text format of OpenML and Weka: `@attribute` lines, then `@data` with one row a line,
// dense (`0,12,b`) or sparse (`{1 12, 2 b}`). Numeric and nominal attributes; anything else is refused by name.
// Memory is bounded by one line and one row: rows are handed on as they arrive and never collected.
import { PipelineError } from '../core/errors/errors.ts';
import { ArffLine, shown } from './arffLine.ts';

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

/** Far above any real file of this kind, far below what would hurt. */
const MAX_LINE_CHARS = 1 << 22;
const MAX_ATTRIBUTES = 1 << 16;

/** Unambiguous, so that matching stays linear on any word. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads `body` to its end and returns the number of rows.
 *
 * @param name of the file, for messages
 * @throws E_DATA naming the row and line of the first thing that is not ARFF, and of a missing value (`?`).
 */
export async function readArff(name: string, body: AsyncIterable<Uint8Array>, visitor: ArffVisitor): Promise<number> {
  const parser = new Parser(name, visitor);
  const decoder = new TextDecoder(); // drops a byte order mark
  let rest = '';
  for await (const chunk of body) {
    // Only the new part is searched for line ends: a long line that arrives in small pieces stays linear.
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      parser.line(rest + text.slice(start, end));
      rest = '';
      start = end + 1;
    }
    rest += text.slice(start);
    if (rest.length > MAX_LINE_CHARS) parser.line(rest);
  }
  rest += decoder.decode();
  if (rest !== '') parser.line(rest);
  return parser.end();
}

class Parser {
  readonly #name: string;
  readonly #visitor: ArffVisitor;
  readonly #attributes: ArffAttribute[] = [];
  /** By attribute: the index of each nominal value; undefined for a numeric one. */
  readonly #codes: (ReadonlyMap<string, number> | undefined)[] = [];
  /** The row being read; undefined until `@data`. */
  #values: Float64Array | undefined;
  #rows = 0;
  #lines = 0;

  constructor(name: string, visitor: ArffVisitor) {
    this.#name = name;
    this.#visitor = visitor;
  }

  line(text: string): void {
    this.#lines++;
    if (text.length > MAX_LINE_CHARS) this.#fail('a line without an end', `at most ${MAX_LINE_CHARS} characters a line`);
    const line = new ArffLine(text);
    if (line.done) return;
    if (this.#values === undefined) return this.#declaration(line);
    if (line.take('{')) this.#sparse(line, this.#values);
    else this.#dense(line, this.#values);
    if (!line.done) this.#fail(`${line.rest()} after ${this.#values.length} values`, 'the end of the row');
    this.#visitor.row(this.#values, this.#rows);
    this.#rows++;
  }

  end(): number {
    if (this.#values === undefined) this.#fail('the end of the file', 'a line with @data');
    if (this.#rows === 0) this.#fail('the end of the file', 'at least one row after @data');
    return this.#rows;
  }

  #declaration(line: ArffLine): void {
    const keyword = this.#word(line).toLowerCase();
    if (keyword === '@relation') return;
    if (keyword === '@data') {
      if (this.#attributes.length === 0) this.#fail('@data', 'an @attribute line before it');
      this.#visitor.header?.(this.#attributes);
      this.#values = new Float64Array(this.#attributes.length);
      return;
    }
    if (keyword !== '@attribute') this.#fail(shown(keyword), '@relation, @attribute or @data');
    if (this.#attributes.length === MAX_ATTRIBUTES) this.#fail('one more attribute', `at most ${MAX_ATTRIBUTES}`);
    const name = this.#word(line);
    if (line.take('{')) {
      const values = this.#nominalValues(line);
      this.#attributes.push({ name, values });
      this.#codes.push(new Map(values.map((value, code) => [value, code])));
      return;
    }
    const type = this.#word(line);
    if (!/^(numeric|real|integer)$/i.test(type)) {
      this.#fail(`attribute ${shown(name)} of type ${shown(type)}`, 'numeric, real, integer or {a,b}');
    }
    this.#attributes.push({ name, values: undefined });
    this.#codes.push(undefined);
  }

  #nominalValues(line: ArffLine): string[] {
    const values: string[] = [];
    do values.push(this.#word(line));
    while (line.take(','));
    if (!line.take('}')) this.#fail(line.rest(), '"," or "}" after a nominal value');
    return values;
  }

  #dense(line: ArffLine, values: Float64Array): void {
    const cols = values.length;
    for (let column = 0; column < cols; column++) {
      if (column > 0 && !line.take(',')) this.#fail(`${line.rest()} after ${column} values`, `a row of ${cols} values`);
      const plain = this.#codes[column] ? -1 : line.plainInteger();
      values[column] = plain >= 0 ? plain : this.#value(line, column);
    }
  }

  #sparse(line: ArffLine, values: Float64Array): void {
    values.fill(0); // what a sparse row leaves out is 0, or the first value of a nominal attribute
    if (line.take('}')) return;
    let least = 0;
    do {
      const index = this.#word(line);
      const column = /^\d{1,6}$/.test(index) ? Number(index) : -1;
      if (column < least || column >= values.length) {
        this.#fail(`index ${shown(index)}`, `a column from ${least} to ${values.length - 1}`);
      }
      values[column] = this.#value(line, column);
      least = column + 1;
    } while (line.take(','));
    if (!line.take('}')) this.#fail(line.rest(), '"," or "}"');
  }

  #value(line: ArffLine, column: number): number {
    const word = this.#word(line);
    const { name } = this.#attributes[column]!;
    if (word === '?' && !line.quoted) this.#fail(`a missing value (?) of attribute ${shown(name)}`, 'a value');
    const codes = this.#codes[column];
    const value = codes ? codes.get(word) : NUMBER.test(word) ? Number(word) : undefined;
    if (value === undefined || !Number.isFinite(value)) {
      this.#fail(`${shown(word)} for attribute ${shown(name)}`, codes ? 'one of its nominal values' : 'a finite number');
    }
    return value;
  }

  #word(line: ArffLine): string {
    return line.word() ?? this.#fail('the end of the line inside quotes', 'a closing quote');
  }

  #fail(arrived: string, needed: string): never {
    const place = this.#values === undefined ? `line ${this.#lines}` : `row ${this.#rows + 1} (line ${this.#lines})`;
    throw new PipelineError('E_DATA', `${this.#name}, ${place}: ${arrived} arrived, ${needed} is needed.`, {
      hint: 'Pass a complete ARFF file with numeric and nominal attributes and no missing values.',
    });
  }
}
