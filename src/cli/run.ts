// `pipeline run`: loads a pipeline, runs it, shows it. The process ends by itself with the right code: nothing here
// calls process.exit but a second Ctrl-C.
import type { Command } from 'commander';
import type { Emit } from '../core/events.ts';
import { lastDurations } from '../core/runRecord.ts';
import { jsonLine, throttleProgress } from '../report/json.ts';
import { terminalReporter } from '../report/terminal/reporter.ts';
import { nodeCacheStore } from '../runtime/node/cacheStore.ts';
import { nodeCodeDigests } from '../runtime/node/closure.ts';
import { nodeFileStore } from '../runtime/node/fileStore.ts';
import { readRecords } from '../runtime/node/runStore.ts';
import { openNodeCompute } from '../runtime/node/runtime.ts';
import { run } from '../runtime/run.ts';
import { loadChecked } from './check.ts';
import { dryRun } from './dryRun.ts';
import { recordRun } from './recording.ts';
import { cancelOnSignal } from './signals.ts';
import { watchRuns } from './watch.ts';

interface Options {
  readonly adapter?: string;
  readonly json?: boolean;
  readonly offline?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
  readonly debug?: boolean;
  readonly cache: boolean;
  readonly check: boolean;
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
    .option('--no-check', 'run what `pipeline check` refuses')
    .option('--no-cache', 'run every stage and keep nothing')
    .option('--from <stage>', 'run this stage and what depends on it anew; what they read comes from the cache')
    .option('--to <stage>', 'stop behind this stage')
    .option('--only <stage>', 'run this stage alone anew; what it reads comes from the cache')
    .option('--force <stage...>', 'run these stages anew, cached or not')
    .option('--dry-run', 'tell what would run and why, and run nothing')
    .option('--watch', 'run again whenever a file of the pipeline changes')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', '\nExamples:\n  pipeline run mnist-2detector.ts\n  pipeline run ./my-pipeline.ts --json | tail -1')
    .action(async (name: string, options: Options) => {
      if (options.watch) {
        process.exitCode = await watchRuns(name);
        return;
      }
      const cancel = cancelOnSignal();
      const checked = await loadChecked(name, options);
      if (!checked) return cancel.done();
      const { pipeline, file } = checked;
      const store = options.cache ? nodeCacheStore() : undefined;
      const keeping = store && { store, code: nodeCodeDigests(), checkpointMs: Number(process.env['PIPELINE_CHECKPOINT_MS']) || undefined };
      const { from, to, only, force } = options;
      const selection = { from, to, only, force };
      if (options.dryRun) {
        cancel.done();
        return dryRun(pipeline, file, { keeping, selection }, options.json);
      }
      const show = options.json ? jsonReporter() : await textReporter(file);
      const recording = await recordRun(pipeline, file);
      const result = await run(pipeline, {
        files: nodeFileStore({ offline: options.offline }),
        openCompute: () => openNodeCompute({ adapter: options.adapter, quiet: true }),
        emit: (event) => {
          recording.emit(event);
          show(event);
        },
        signal: cancel.signal,
        keeping,
        selection,
      });
      await store?.trim();
      if (options.debug && result.error !== undefined) console.error(result.error);
      process.exitCode = cancel.exitCode() ?? result.exitCode;
      await recording.finish(result, process.exitCode);
      cancel.done();
    });
}

function jsonReporter(): Emit {
  return throttleProgress((event) => void process.stdout.write(`${jsonLine(event)}\n`));
}

async function textReporter(file: string): Promise<Emit> {
  const { stdout: out, stderr: err, env } = process;
  return terminalReporter({ out, err, env, durations: err.isTTY ? lastDurations(await readRecords(), file) : undefined });
}
