// `pipeline explain`: why a stage would run.
import type { Command } from 'commander';
import { nodeAt } from '../dsl/graph.ts';
import { printable } from '../report/terminal/format.ts';
import { explain } from '../runtime/explain.ts';
import { nodeCacheStore } from '../runtime/node/cacheStore.ts';
import { nodeCodeDigests } from '../runtime/node/closure.ts';
import { readRecords } from '../runtime/node/runStore.ts';
import { planOf } from '../runtime/plan.ts';
import { loadPipeline } from './load.ts';

export function addExplain(program: Command): void {
  program
    .command('explain')
    .argument('<file>', 'a pipeline file, or a name looked up in pipelines/')
    .argument('<stage>', 'path of a stage, for example fit or small/fit')
    .summary('tell why a stage would run')
    .description('Tells the first thing that changed for a stage since the last recorded run of FILE, and where the change began. Runs nothing.')
    .action(async (name: string, path: string) => {
      const { pipeline, file } = await loadPipeline(name);
      const node = nodeAt(pipeline.graph, path);
      const plan = await planOf(pipeline, { keeping: { store: nodeCacheStore(), code: nodeCodeDigests() } });
      const text = explain(
        plan.find((stage) => stage.node === node)!,
        plan,
        await readRecords(),
        file,
      );
      process.stdout.write(`${printable(text)}\n`);
    });
}
