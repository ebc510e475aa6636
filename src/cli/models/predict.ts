// `pipeline predict`: what a saved model says of the rows of a file or of the pictures in a folder.
import { Option, type Command } from 'commander';
import { ENCODINGS } from '../../formats/bytes/text.ts';
import { THOUSANDS } from '../../formats/csv/csv.ts';
import { collect } from '../params.ts';
import { answering, askedModel } from './asked.ts';
import { eachBlock, type InputOptions } from './inputs.ts';
import { outputTo } from './outputs.ts';
import { refusedBlock } from './rows.ts';

interface Options extends InputOptions {
  readonly input: string;
  readonly output?: string;
  readonly proba?: boolean;
  readonly adapter?: string;
  readonly stage?: string;
}

export function addPredict(program: Command): void {
  program
    .command('predict')
    .argument('<model>', 'a .safetensors file that save wrote, a .onnx file, a model.json, or a recorded run: its id, the beginning of one, or last')
    .description('Asks a model about each row of a file. Columns are found by name, in any order. Files of any size are read and answered block by block.')
    .requiredOption('--input <file>', 'a CSV, JSON, JSON Lines, Parquet, Arrow, ARFF or .npy file, a query, or a folder of pictures')
    .option('--output <file>', 'a .csv, .jsonl or .parquet file, written whole or not at all; CSV to stdout, block by block, if not given')
    .option('--proba', 'a column for the probability of each class, too')
    .option('--id <column>', 'a column that says what each row is called, to be written beside its answer')
    .option('--stage <path>', 'of a run: the stage that fitted the model, where several did')
    .option('--adapter <name>', 'host, auto (a device for many rows), or a device as for run (env PIPELINE_ADAPTER)')
    .option('--missing <word>', 'text of cells without a value, besides empty ones and those of the fit; may be repeated', collect)
    .option('--separator <character>', 'character between fields; detected if not given')
    .addOption(new Option('--decimal <sign>', 'sign before the fraction').choices(['.', ',']))
    .addOption(new Option('--thousands <sign>', 'sign between groups of three digits').choices(THOUSANDS))
    .addOption(new Option('--encoding <encoding>', 'utf-8 if neither this nor a byte order mark says otherwise').choices(ENCODINGS))
    .option('--database <file>', 'the database that a query is put to')
    .addOption(new Option('--background <color>', 'behind pixels of pictures that are not opaque').choices(['white', 'black']))
    .addHelpText(
      'after',
      '\nExamples:\n  pipeline predict two.safetensors --input digits.csv\n  pipeline predict last --input houses.parquet --output prices.parquet\n  pipeline predict two.safetensors --input drawings/ --proba',
    )
    .action(async (wanted: string, { input, output, proba = false, adapter, stage, missing, ...options }: Options) => {
      const asked = await askedModel(wanted, { adapter, stage });
      const answer = answering(asked, proba);
      const out = await outputTo(output);
      try {
        // Empty cells are looked at as those of requests are: they may be a name that the model knows.
        const reading = { ...options, missing: missing ?? [] };
        await eachBlock(
          asked,
          input,
          reading,
          async (block) => {
            const columns = await answer(block.rows).catch((error: unknown) => {
              throw refusedBlock(block.rows.name, block, error);
            });
            await out.write(block.ids ? [{ name: options.id ?? 'file', type: 'string', values: block.ids }, ...columns] : columns);
          },
          (note) => process.stderr.write(`! ${note}\n`),
        );
        await out.finish();
      } catch (error) {
        await out.discard();
        if (out.closed) return; // what else than that stdout ended is told at the end
        throw error;
      }
    });
}
