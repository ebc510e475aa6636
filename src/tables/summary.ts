// Guesses what the columns of a file are, to help with writing its schema. It is shown as a guess, and never used to read data.
import type { TableFile, TableReadOptions } from '../formats/format.ts';
import { dateReader } from './dates.ts';

export interface ColumnSummary {
  readonly name: string;
  /** `text` for a column in which most cells are distinct. */
  readonly kind: 'number' | 'category' | 'boolean' | 'date' | 'text';
  readonly gaps: number;
  /** Number of distinct values, as far as they were counted. */
  readonly distinct: number;
  /** Of numbers. */
  readonly range?: readonly [number, number] | undefined;
  /** The first distinct values. */
  readonly examples: readonly string[];
}

export interface TableSummary {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
  /** Words found where numbers are missing. */
  readonly missing: readonly string[];
}

/** Most distinct values that are counted. */
const MOST_DISTINCT = 1000;
/** Names that a column may have however few rows there are. */
const FEW = 20;
const EXAMPLES = 5;
const GAP = /^(n\/?a|nan|null|none|-+|\?|\.|#n\/a)$/i;
const TRUTH = /^(true|false|yes|no)$/i;

/** What no variable is called. */
const RESERVED =
  /^(await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|let|new|null|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

class Counted {
  numbers = 0;
  gaps = 0;
  least = Infinity;
  most = -Infinity;
  readonly values = new Set<number>();
  readonly texts = new Map<string, number>();

  readonly numeric = true;

  number(value: number): undefined {
    this.numbers++;
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
    if (this.values.size < MOST_DISTINCT) this.values.add(value);
  }

  text(text: string): undefined {
    const count = this.texts.get(text);
    if (count !== undefined || this.texts.size < MOST_DISTINCT) this.texts.set(text, (count ?? 0) + 1);
  }

  missing(): undefined {
    this.gaps++;
  }
}

/** Reads a file to its end. */
export async function summaryOf(file: TableFile, options: TableReadOptions): Promise<TableSummary> {
  let rows = 0;
  let counted: readonly (readonly [string, Counted])[] = [];
  await file.read(options, (names) => {
    counted = names.map((name) => [name, new Counted()]);
    return { cells: counted.map(([, own]) => own), endRow: () => void rows++ };
  });
  const missing = new Set<string>();
  const columns = counted.map(([name, own]): ColumnSummary => {
    const { texts, values, numbers, least, most } = own;
    const words = [...texts.keys()];
    // A word among numbers that says that there is none is no reason to take them for names.
    const gaps = numbers > 0 && words.length <= 2 && words.every((word) => GAP.test(word)) ? words : [];
    for (const word of gaps) missing.add(word);
    const kind = gaps.length === words.length && numbers > 0 ? 'number' : kindOf(words, numbers, values.size + words.length, rows);
    return {
      name,
      kind,
      gaps: own.gaps + gaps.reduce((sum, word) => sum + texts.get(word)!, 0),
      distinct: values.size + words.length - gaps.length,
      ...(kind === 'number' ? { range: [least, most] } : {}),
      examples: [...[...values].map(String), ...words.filter((word) => !gaps.includes(word))].slice(0, EXAMPLES),
    };
  });
  return { name: file.name, rows, columns, missing: [...missing] };
}

function kindOf(words: readonly string[], numbers: number, distinct: number, rows: number): ColumnSummary['kind'] {
  const read = dateReader(undefined);
  if (numbers === 0 && words.length > 0 && words.every((word) => TRUTH.test(word))) return 'boolean';
  if (numbers === 0 && words.length > 0 && words.every((word) => read(word) !== undefined)) return 'date';
  return distinct <= FEW || distinct * 4 <= rows ? 'category' : 'text';
}

/** A schema to start from, as it would appear in a pipeline file. @param path as it is named there @param format that reads it */
export function schemaText({ name, columns, missing }: TableSummary, path: string, format = 'csv'): string {
  const used = columns.filter(({ kind }) => kind !== 'text');
  const imports = [...new Set([format, 'table', ...used.map(({ kind }) => kind)])].toSorted();
  const variable = name.replace(/\..*$/, '').replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase());
  const called = !/^[A-Za-z]/.test(variable) ? `table${variable}` : imports.includes(variable) || RESERVED.test(variable) ? `${variable}Table` : variable;
  const options = format === 'csv' && missing.length > 0 ? `, { missing: ${listed(['', ...missing])} }` : '';
  const lines = columns.map((column) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(column.name) ? column.name : quoted(column.name);
    return column.kind === 'text' ? `  // ${key}: ${column.distinct} different texts` : `  ${key}: ${column.kind}(),`;
  });
  return [
    `import { ${imports.join(', ')} } from 'pipeline-gpu';`,
    '',
    `export const ${called} = table(${format}(${quoted(path)}${options}), {`,
    ...lines,
    "}); // .target('...') says what is to be learned",
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
}

function listed(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(', ')}]`;
}
