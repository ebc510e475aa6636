// `pipeline explain`: why a stage would run.
import type { Command } from 'commander';
import { nodeAt } from '../../../dsl/graph/graph.ts';
import { printable } from '../../../report/terminal/format.ts';
import { terminalStyle } from '../../../report/terminal/style.ts';
import { wrapped } from '../../../report/terminal/table.ts';
import { explain } from '../../../runtime/keys/explain.ts';
import { adapterOf } from '../../../runtime/node/device/rememberedAdapter.ts';
import { nodeCacheStore } from '../../../runtime/node/cache/cacheStore.ts';
import { useNotes } from '../../../runtime/keys/codeUses.ts';
import { readRecords } from '../../../runtime/node/runs/runStore.ts';
import { nodeSurroundings } from '../../../runtime/node/surroundings.ts';
import { planOf } from '../../../runtime/keys/plan.ts';
import { codeOf, loadPipeline } from '../../load/load.ts';
import { addParamOptions, givenParams, seedOf, seedOption } from '../../params.ts';

const HELP =
  '\nExamples:\n  pipeline explain mnist-2detector fit\n  pipeline explain mnist-2detector fit --set fit.tol=0.01\n\nFlags of the pipeline come after STAGE.';

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .argument('<file>', 'a pipeline file, or a name looked up in pipelines/')
    .argument('<stage>', 'path of a stage, for example fit or small/fit')
    .description('Names the first thing that changed for a stage since the last recorded run of FILE, and where the change began. Nothing runs.');
  addParamOptions(command)
    .addOption(seedOption())
    .option('--adapter <name>', 'device that the run would use (env PIPELINE_ADAPTER)')
    .addHelpText('after', HELP)
    .action(async (name: string, path: string, { seed, adapter }: { readonly seed: string; readonly adapter?: string }) => {
      const root = seedOf(seed);
      const { pipeline: loaded, file } = await loadPipeline(name);
      const pipeline = givenParams(command)(loaded);
      const node = nodeAt(pipeline.graph, path);
      const code = codeOf(name);
      const plan = await planOf(pipeline, {
        cache: { store: nodeCacheStore(), code },
        around: nodeSurroundings(),
        adapter: adapterOf({ adapter, quiet: true }),
        seed: root,
      });
      const text = explain(
        plan.find((stage) => stage.node === node)!,
        plan,
        await readRecords(),
        file,
      );
      const { width } = terminalStyle(process.stdout, process.env);
      const say = (text: string): void => void process.stdout.write(`${wrapped('', 2, [printable(text)], width).join('\n')}\n`);
      say(text);
      // Why it runs every time is said already.
      const notes = (await useNotes(pipeline.graph.nodes, code, [node])).filter((note) => !note.startsWith(`${path}: runs every time`));
      notes.forEach(say);
    });
}
