// `pipeline peek`: what the columns of a file are, and a schema to begin with.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { schemaText } from '../../tables/guess/schemaText.ts';
import type { ColumnSummary, TableSummary } from '../../tables/guess/summary.ts';
import { peekPictures } from './peekPictures.ts';
import { readTable, takesTable, type TableFileOptions } from './tableFile.ts';

export function addPeek(program: Command): void {
  takesTable(program.command('peek'))
    .description(
      'Reads a file, guesses what each column is, and prints the columns with a schema for `table`. For a folder of pictures, it prints the classes, how many pictures each has, and their sizes and kinds.',
    )
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  pipeline peek penguins.csv\n  pipeline peek prices.csv --encoding latin1\n  pipeline peek flights.parquet\n  pipeline peek flowers/',
    )
    .action(async (asked: string, { json, ...options }: TableFileOptions & { readonly json?: true }) => {
      if (statSync(asked, { throwIfNoEntry: false })?.isDirectory()) return void process.stdout.write(await peekPictures(asked, json === true));
      const { summary, query, ...call } = await readTable(asked, options);
      process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `${tableText(summary)}\n${schemaText(summary, query ?? basename(asked), call)}`);
    });
}

function tableText({ name, rows, columns }: TableSummary): string {
  const longest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, text.length), 8);
  const [nameWidth, kindWidth] = [longest(columns.map((column) => column.name)), longest(columns.map(({ kind }) => kind))];
  const line = (column: ColumnSummary): string => {
    const gaps = column.gaps === 0 ? '' : `${column.gaps} ${column.gaps === 1 ? 'gap' : 'gaps'}, `;
    return `  ${column.name.padEnd(nameWidth)}  ${column.kind.padEnd(kindWidth)}  ${gaps}${foundIn(column)}`;
  };
  return [`${name}: ${rows} ${rows === 1 ? 'row' : 'rows'}, ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}`, ...columns.map(line), ''].join(
    '\n',
  );
}

function foundIn({ kind, range, distinct, examples, odd }: ColumnSummary): string {
  if (kind === 'unreadable') return 'lists, objects or another type that no column of a table is';
  if (kind === 'pictures') return 'of PNG or JPEG: pictures(...) reads them, in place of table(...)';
  if (kind === 'empty') return 'no value';
  if (range) return `${range.join(' to ')}${odd.length > 0 ? `, and ${odd.join(', ')}` : ''}`;
  return `${distinct} different: ${examples.join(', ')}${distinct > examples.length ? ', ...' : ''}`;
}
