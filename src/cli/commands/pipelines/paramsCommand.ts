// `pipeline params`: what can be set on a pipeline.
import type { Command } from 'commander';
import { terminalStyle } from '../../../report/terminal/style.ts';
import { loadPipeline } from '../../load/load.ts';
import { paramLines, paramsSchema } from '../../paramHelp.ts';

export function addParams(program: Command): void {
  program
    .command('params')
    .argument('<file>', 'a pipeline file, or a name looked up in pipelines/')
    .description("Shows a pipeline's parameters and those of its stages, with their types and values.")
    .option('--json', 'JSON Schema of a file for `run --params`')
    .action(async (name: string, { json }: { readonly json?: boolean }) => {
      const { pipeline } = await loadPipeline(name);
      const lines = json ? [JSON.stringify(paramsSchema(pipeline), undefined, 2)] : paramLines(pipeline, terminalStyle(process.stdout, process.env));
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
