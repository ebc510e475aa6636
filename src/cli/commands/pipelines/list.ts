// `pipeline list`: the pipelines that `pipeline run` finds by name.
import { relative } from 'node:path';
import type { Command } from 'commander';
import { isPipelineError } from '../../../core/errors/errors.ts';
import { printable } from '../../../report/terminal/format.ts';
import { terminalStyle } from '../../../report/terminal/style.ts';
import { wrapped } from '../../../report/terminal/table.ts';
import { fromStart } from '../../../runtime/node/directories.ts';
import { loadPipeline, pipelineFiles, pipelineFolders } from '../../load/load.ts';

const MOST_STAGES = 12;

export function addList(program: Command): void {
  program
    .command('list')
    .description('Lists the pipelines of ./pipelines and the examples of this package.')
    .option('--json', 'one JSON object per line')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const { width } = terminalStyle(process.stdout, process.env);
      for (const file of pipelineFolders().flatMap(pipelineFiles)) {
        const { name, stages } = await describe(file);
        if (json) process.stdout.write(`${JSON.stringify({ type: 'pipeline', name, file, stages })}\n`);
        else
          process.stdout.write(
            `${wrapped(`${printable(name).padEnd(24)} `, 2, [where(file)], width).join('\n')}\n${wrapped('', 2, [`  ${shortList(stages)}`], width).join('\n')}\n`,
          );
      }
    });
}

/** From here where the file is below, else from the root. */
function where(file: string): string {
  const inside = relative(fromStart('.'), file);
  return printable(inside.startsWith('..') ? file : inside);
}

/** Of many stages the first; the graph shows all. */
function shortList(stages: readonly string[]): string {
  const more = stages.length - MOST_STAGES;
  const shown = more > 0 ? stages.slice(0, MOST_STAGES) : stages;
  return printable(`${shown.join(' -> ')}${more > 0 ? ` and ${more} more stages` : ''}`);
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
