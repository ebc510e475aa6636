// `pipeline list`: the pipelines that `pipeline run` finds by name.
import { relative } from 'node:path';
import type { Command } from 'commander';
import { isPipelineError } from '../../../core/errors/errors.ts';
import { printable } from '../../../report/terminal/format.ts';
import { fromStart } from '../../../runtime/node/directories.ts';
import { loadPipeline, pipelineFiles, pipelineFolders } from '../../load/load.ts';

export function addList(program: Command): void {
  program
    .command('list')
    .summary('list pipelines')
    .description('Lists the pipelines of ./pipelines and the examples of this package.')
    .option('--json', 'one JSON object per line')
    .action(async ({ json }: { readonly json?: boolean }) => {
      for (const file of pipelineFolders().flatMap(pipelineFiles)) {
        const { name, stages } = await describe(file);
        if (json) process.stdout.write(`${JSON.stringify({ type: 'pipeline', name, file, stages })}\n`);
        else process.stdout.write(`${printable(name).padEnd(24)} ${relative(fromStart('.'), file)}\n  ${printable(stages.join(' -> '))}\n`);
      }
    });
}

/** A file that does not load is listed with its error: one bad file hides no other. */
async function describe(file: string): Promise<{ readonly name: string; readonly stages: readonly string[] }> {
  try {
    const { pipeline } = await loadPipeline(file);
    return { name: pipeline.name, stages: pipeline.graph.nodes.map(({ path }) => path) };
  } catch (error) {
    return { name: '(does not load)', stages: [isPipelineError(error) ? error.message : String(error)] };
  }
}
