// `pipeline types`: the typed schema of a file or of a query, as a module to import.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { PipelineError } from '../../core/errors/errors.ts';
import { schemaText } from '../../tables/guess/schemaText.ts';
import { writeText } from '../write.ts';
import { checkTarget, pathFrom, readTable, takesTable, type TableFileOptions } from './tableFile.ts';

export function addTypes(program: Command): void {
  takesTable(program.command('types'))
    .description('Reads every row, and writes a module with the `table(...)` that reads it. What is a guess stands in comments.')
    .option('--target <column>', 'the column to be learned; a guess stands in a comment')
    .option('--out <file>', 'write there instead of to stdout; paths are relative to it')
    .addHelpText(
      'after',
      "\nExamples:\n  pipeline types penguins.csv --out pipelines/penguins.ts\n  pipeline types 'FROM flights WHERE year = 2013' --database flights.duckdb",
    )
    .action(async (asked: string, { out, target, ...options }: TableFileOptions & { readonly out?: string; readonly target?: string }) => {
      if (out !== undefined) refuseThere(out);
      const { summary, query, ...call } = await readTable(asked, options, out);
      if (target !== undefined) checkTarget(target, summary);
      const text = schemaText(summary, query ?? pathFrom(out, asked), { ...call, learned: target });
      if (out === undefined) process.stdout.write(text);
      else {
        writeText(out, text);
        process.stdout.write(`${out}\n`);
      }
    });
}

/** What is there may have been worked on. */
function refuseThere(out: string): void {
  if (!existsSync(out)) return;
  throw new PipelineError('E_USAGE', `${out} is there already. Nothing was written.`, { hint: 'Remove it, or name another.' });
}
