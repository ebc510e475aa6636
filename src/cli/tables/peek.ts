// `pipeline peek`: what the columns of a file are, and a schema to begin with.
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option, type Command } from 'commander';
import { ENCODINGS } from '../../formats/bytes/text.ts';
import { arff } from '../../formats/arff/arff.ts';
import { arrow } from '../../formats/arrow/arrow.ts';
import { csv, type CsvOptions } from '../../formats/csv/csv.ts';
import { jsonLines } from '../../formats/jsonLines/jsonLines.ts';
import { parquet } from '../../formats/parquet/parquet.ts';
import { nodeSurroundings } from '../../runtime/node/surroundings.ts';
import { schemaText, summaryOf, type ColumnSummary, type TableSummary } from '../../tables/summary.ts';

/** Formats but CSV, and how their files end. */
const FORMATS = [
  ['parquet', parquet, /\.(parquet|pq)$/i],
  ['arrow', arrow, /\.(arrows?|feather|ipc)$/i],
  ['arff', arff, /\.arff(\.gz)?$/i],
  ['jsonLines', jsonLines, /\.(jsonl|ndjson)(\.gz)?$/i],
] as const;

export function addPeek(program: Command): void {
  program
    .command('peek')
    .argument('<file>', 'a CSV, JSON Lines, Parquet, Arrow or ARFF file')
    .summary('look at the columns of a file')
    .description('Reads a file, guesses what each column is, and prints the columns with a schema for `table`.')
    .option('--separator <character>', 'character between fields; detected if not given')
    .addOption(new Option('--decimal <sign>').choices(['.', ',']))
    .addOption(new Option('--encoding <encoding>').choices(ENCODINGS))
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', '\nExamples:\n  pipeline peek penguins.csv\n  pipeline peek prices.csv --decimal ,\n  pipeline peek flights.parquet')
    .action(async (path: string, { json, ...options }: CsvOptions & { readonly json?: true }) => {
      const url = pathToFileURL(resolve(path));
      const [format, read] = FORMATS.find(([, , ending]) => ending.test(path)) ?? ['csv', (file: URL) => csv(file, options)];
      const file = read(url);
      const summary = await summaryOf(file, { disk: nodeSurroundings() });
      process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `${tableText(summary)}\n${schemaText(summary, basename(path), format)}`);
    });
}

function tableText({ name, rows, columns }: TableSummary): string {
  const width = columns.reduce((most, { name }) => Math.max(most, name.length), 0);
  const line = (column: ColumnSummary): string => {
    const gaps = column.gaps === 0 ? '' : `${column.gaps} ${column.gaps === 1 ? 'gap' : 'gaps'}, `;
    const what = column.range
      ? `${column.range.join(' to ')}`
      : `${column.distinct} different: ${column.examples.join(', ')}${column.distinct > column.examples.length ? ', ...' : ''}`;
    return `  ${column.name.padEnd(width)}  ${column.kind.padEnd(8)}  ${gaps}${what}`;
  };
  return [`${name}: ${rows} ${rows === 1 ? 'row' : 'rows'}, ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}`, ...columns.map(line), ''].join(
    '\n',
  );
}
