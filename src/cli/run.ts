// `pipeline run`: loads a pipeline, runs it, shows it. The process ends by itself with the right code: nothing here
// calls process.exit but a second Ctrl-C.
import type { Command } from 'commander';
import type { RunEvent } from '../core/events.ts';
import { jsonLine } from '../report/json.ts';
import { terminalReporter } from '../report/terminal/reporter.ts';
import { terminalStyle } from '../report/terminal/style.ts';
import { nodeCacheStore } from '../runtime/node/cacheStore.ts';
import { nodeCodeDigests } from '../runtime/node/closure.ts';
import { nodeFileStore } from '../runtime/node/fileStore.ts';
import { openNodeCompute } from '../runtime/node/runtime.ts';
import { run } from '../runtime/run.ts';
import { loadPipeline } from './load.ts';
import { cancelOnSignal } from './signals.ts';

interface Options {
  readonly adapter?: string;
  readonly json?: boolean;
  readonly offline?: boolean;
  readonly debug?: boolean;
  readonly cache: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly only?: string;
  readonly force?: readonly string[];
}

export function addRun(program: Command): void {
  program
    .command('run')
    .argument('<file>', 'a pipeline file, or a name looked up in pipelines/')
    .summary('run a pipeline')
    .description('Runs the pipeline that FILE exports by default, and shows what each stage did.')
    .option('--adapter <name>', 'device: auto, gpu, software, lavapipe, swiftshader or part of a name (env PIPELINE_ADAPTER)')
    .option('--json', 'one JSON object a line on stdout, the last of type run-finished')
    .option('--offline', 'use only cached and installed files')
    .option('--no-cache', 'run every stage and keep nothing')
    .option('--from <stage>', 'run this stage and what depends on it anew; what they read comes from the cache')
    .option('--to <stage>', 'stop behind this stage')
    .option('--only <stage>', 'run this stage alone anew; what it reads comes from the cache')
    .option('--force <stage...>', 'run these stages anew, cached or not')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', '\nExamples:\n  pipeline run mnist-2detector.ts\n  pipeline run ./my-pipeline.ts --json | tail -1')
    .action(async (name: string, options: Options) => {
      const { pipeline } = await loadPipeline(name);
      const emit = options.json ? jsonReporter() : terminalReporter(process.stdout, process.stderr, terminalStyle(process.stdout, process.env));
      const cancel = cancelOnSignal();
      const store = options.cache ? nodeCacheStore() : undefined;
      const { from, to, only, force } = options;
      const result = await run(pipeline, {
        files: nodeFileStore({ offline: options.offline }),
        openCompute: () => openNodeCompute({ adapter: options.adapter, quiet: true }),
        emit,
        signal: cancel.signal,
        keeping: store && { store, code: nodeCodeDigests(), checkpointMs: Number(process.env['PIPELINE_CHECKPOINT_MS']) || undefined },
        selection: { from, to, only, force },
      });
      await store?.trim();
      if (options.debug && result.error !== undefined) console.error(result.error);
      process.exitCode = cancel.exitCode() ?? result.exitCode;
      cancel.done();
    });
}

/** JSON lines; progress at most ten times a second. */
function jsonReporter(): (event: RunEvent) => void {
  let last = 0;
  return (event) => {
    if (event.type === 'progress' || event.type === 'fit-progress') {
      const now = performance.now();
      if (now - last < 100) return;
      last = now;
    }
    process.stdout.write(`${jsonLine(event)}\n`);
  };
}
