// A schema as it would stand in a pipeline file, made of what a file seems to hold. It compiles, and reads the file; guesses stand in
// comments.
import type { ColumnSummary, TableSummary } from './summary.ts';

/** How the call that reads the file is written. */
export interface SchemaCall {
  /** By default csv. */
  readonly format?: string | undefined;
  /** Options of that call; words for gaps are added. */
  readonly options?: Readonly<Record<string, string | undefined>> | undefined;
  /** The column to be learned; by default a comment says which it may be. */
  readonly learned?: string | undefined;
}

/** What no variable is called. */
const RESERVED =
  /^(await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|let|new|null|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

/** @param from the path of the file, as it is named there, or a query */
export function schemaText(
  { name, columns, missing, target: guess }: TableSummary,
  from: string,
  { format = 'csv', options = {}, learned }: SchemaCall = {},
): string {
  const seen = new Set<string>();
  const twice = new Set(columns.map((column) => column.name).filter((one) => seen.size === seen.add(one).size));
  const readable = columns.filter(
    (column) => column.kind !== 'unreadable' && column.kind !== 'pictures' && column.kind !== 'empty' && column.name !== '' && !twice.has(column.name),
  );
  const others = readable.filter((column) => column.name !== learned);
  const features = others.filter(({ kind, id }) => kind !== 'text' && !id);
  // Without any feature it would be no schema.
  const used = new Set(features.length > 0 ? features : others);
  const target = columns.find((column) => column.name === learned);
  const lines = columns.map((column) =>
    column === target ? targetLine(column, missing) : lineOf(column, { used: used.has(column), twice: twice.has(column.name), csv: format === 'csv', missing }),
  );
  const kinds = [...used].map(({ kind }) => (kind === 'text' ? 'category' : kind));
  const imports = [...new Set([format, 'table', ...kinds, ...(target ? [roleOf(target)] : [])])].toSorted();
  const variable = name.replace(/\..*$/, '').replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase());
  const called =
    variable === ''
      ? 'rows'
      : !/^[A-Za-z]/.test(variable)
        ? `table${variable}`
        : imports.includes(variable) || RESERVED.test(variable)
          ? `${variable}Table`
          : variable;
  const given = [
    ...Object.entries(options).flatMap(([option, value]) => (value === undefined ? [] : [`${option}: ${quoted(value)}`])),
    ...(format === 'csv' && missing.length > 0 ? [`missing: [${['', ...missing].map(quoted).join(', ')}]`] : []),
  ];
  return [
    `import { ${imports.join(', ')} } from 'pipeline-gpu';`,
    '',
    `export const ${called} = table(${format}(${literal(from)}${given.length > 0 ? `, { ${given.join(', ')} }` : ''}), {`,
    ...lines,
    `});${target ? '' : targetNote(columns.find((column) => column.name === guess && !twice.has(column.name)))}`,
    '',
  ].join('\n');
}

function roleOf({ classes, kind }: ColumnSummary): string {
  return classes || kind === 'text' ? 'label' : 'value';
}

function targetLine(column: ColumnSummary, missing: readonly string[]): string {
  const gaps = column.gaps > 0 || column.missing.some((word) => missing.includes(word));
  return `  ${keyOf(column.name)}: ${roleOf(column)}(${gaps ? "{ missing: 'drop' }" : ''}), // what is to be learned`;
}

/** How to say what is to be learned. A column of numbers would become values. */
function targetNote(column: ColumnSummary | undefined): string {
  if (!column) return " // .target('...') says what is to be learned";
  const says = column.kind === 'number' && column.classes ? `${keyOf(column.name)}: label()` : `.target(${quoted(column.name)})`;
  return ` // ${says} says what is to be learned: a guess`;
}

function keyOf(name: string): string {
  if (name === '__proto__') return `['__proto__']`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

interface Line {
  /** Whether the schema has it; else it is a comment. */
  readonly used: boolean;
  readonly twice: boolean;
  readonly csv: boolean;
  /** Words that the whole file has for gaps. */
  readonly missing: readonly string[];
}

function lineOf(column: ColumnSummary, { used, twice, csv, missing }: Line): string {
  const { name, kind, distinct, id, odd, formats = [] } = column;
  const key = keyOf(name);
  if (name === '') return `  // ${key}: a column without a name; name it in the file`;
  if (twice) return `  // ${key}: a name of several columns; rename them in the file`;
  if (kind === 'unreadable') return `  // ${key}: lists, objects or another type that no column of a table is`;
  if (kind === 'pictures') return `  // ${key}: pictures, which pictures(...) reads in place of table(...)`;
  if (kind === 'empty') return `  // ${key}: no cell has a value`;
  if (!used && id) return `  // ${key}: ids of what rows are about, ${distinct} different; group() keeps the rows of one together`;
  if (!used) return `  // ${key}: ${distinct} different texts`;
  const words = column.missing.filter((word) => !csv || !missing.includes(word)).map(quoted);
  const isNames = kind === 'category' || kind === 'text';
  const options = [
    ...(formats.length > 0 ? [`format: ${quoted(formats[0]!)}`] : []),
    // Only csv is told of words for gaps.
    ...(!isNames && words.length + odd.length > 0 ? ["invalid: 'missing'"] : []),
  ];
  const notes = [
    ...(formats.length > 1 ? [`or ${quoted(formats[1]!)}: no day tells which`] : []),
    ...(kind === 'date' && formats.length < 2 ? ["date({ parts: ['month', 'weekday'] }) makes features of its parts"] : []),
    ...(odd.length > 0 ? [`${odd.map(quoted).join(' and ')} ${odd.length === 1 ? 'is no number' : 'are no numbers'}`] : []),
    ...(words.length > 0
      ? [`${words.join(' and ')} may stand for no value${csv ? `: missing: [${['', ...missing].map(quoted).concat(words).join(', ')}]` : ''}`]
      : []),
  ];
  const call = `${isNames ? 'category' : kind}(${options.length > 0 ? `{ ${options.join(', ')} }` : ''})`;
  return `  ${key}: ${call},${notes.length > 0 ? ` // ${notes.join('; ')}` : ''}`;
}

/** As a literal on one line: in a comment, too, each of these would begin another. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&').replaceAll(/[\p{Cc}\u2028\u2029]/gu, escaped)}'`;
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A query of several lines stays one. */
function literal(text: string): string {
  return text.includes('\n') && !text.includes('\r') ? `\`${text.replaceAll(/[`\\]|\$\{/g, '\\$&')}\`` : quoted(text);
}
