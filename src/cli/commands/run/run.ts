// `pipeline run`: loads a pipeline, runs it, shows it. The process ends by itself with the right code: nothing here
// calls process.exit but a second Ctrl-C.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodeOf, isPipelineError, PipelineError } from '../../../core/errors/errors.ts';
import { errorSummary, type Emit } from '../../../core/events.ts';
import { lastDurations } from '../../../core/runRecord.ts';
import type { Pipeline } from '../../../dsl/graph/pipeline.ts';
import { jsonLine, throttleProgress } from '../../../report/json.ts';
import { isTerminal } from '../../../report/terminal/depth.ts';
import { terminalReporter } from '../../../report/terminal/reporter.ts';
import { terminalStyle } from '../../../report/terminal/style.ts';
import { nodeCacheStore } from '../../../runtime/node/cache/cacheStore.ts';
import { adapterOf } from '../../../runtime/node/device/rememberedAdapter.ts';
import { nodeFileStore } from '../../../runtime/node/files/fileStore.ts';
import { nodeThreads } from '../../../runtime/node/threads.ts';
import { readRecords } from '../../../runtime/node/runs/runStore.ts';
import type { ResultCache } from '../../../runtime/engine/options.ts';
import { openNodeCompute } from '../../../runtime/node/runtime.ts';
import { runSpans } from '../../../runtime/node/spans.ts';
import { nodeSurroundings } from '../../../runtime/node/surroundings.ts';
import type { PlanOptions } from '../../../runtime/keys/plan.ts';
import { run, type RunResult } from '../../../runtime/run.ts';
import { loadChecked } from '../pipelines/check.ts';
import { declaredFiles } from '../../load/declarations.ts';
import { dryRun } from './dryRun.ts';
import { checkFigures, parseFailIf, type FailIf } from './failIf.ts';
import { endsOf, nextSteps } from './nextSteps.ts';
import { expectedTime } from '../../expected.ts';
import { codeOf, loadPipeline, type LoadedPipeline } from '../../load/load.ts';
import { paramLines } from '../../paramHelp.ts';
import type { HandedOut } from '../worker/handOut.ts';
import { addParamOptions, collect, givenParams, seedOf, seedOption, writtenParams } from '../../params.ts';
import { recordOf } from '../runs/runs.ts';
import { recordRun } from '../../recording.ts';
import { cancelOnSignal, type Cancellation } from '../../signals.ts';
import { withUserCode, writeLine } from '../../streams.ts';

interface Options {
  readonly adapter?: string;
  readonly queue?: string;
  readonly shards?: string;
  readonly shardsHost?: string;
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
  readonly params?: string;
  readonly seed: string;
  readonly report?: string;
  readonly failIf?: readonly string[];
  readonly track?: readonly string[];
  readonly help?: boolean;
}

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .argument('[file]', 'a pipeline file, or a name looked up in pipelines/')
    .helpOption(false)
    .description('Runs the pipeline that FILE exports by default, and shows what each stage did.')
    .option('--adapter <name>', 'device: auto, gpu, software, lavapipe, swiftshader or part of a name (env PIPELINE_ADAPTER)')
    .option('--queue <url>', 'let workers of this queue compute, redis://host:6379; see `pipeline worker --help`')
    .option('--shards <number>', 'cut the rows of fits into so many shards for the workers of --queue, and run all else here')
    .option('--shards-host <address>', 'of this machine, at which workers on others reach it; by default only its own do')
    .option('--json', 'one JSON object per line on stdout, the last of type run-finished')
    .option('--offline', 'use only cached and installed files');
  addParamOptions(command)
    .addOption(seedOption())
    .option('--report <file>', 'write a report of the run as one HTML file')
    .option('--fail-if <condition>', "exit with 5 if a figure is what it must not be, as in 'score.testAccuracy < 0.95'; may be repeated", collect)
    .option('--track <server>', 'tell a server of the run once it is over, as in mlflow=http://localhost:5000; may be repeated', collect)
    .option('--no-check', 'run even what `pipeline check` refuses')
    .option('--no-cache', 'run every stage and keep nothing')
    .option('--from <stage>', 'run this stage, or row of stages, and what depends on it again; what they read comes from the cache')
    .option('--to <stage>', 'run only this stage, or row of stages, and what it needs')
    .option('--only <stage>', 'run only this stage, or row of stages, again; what it reads comes from the cache')
    .option('--force <stage>', 'run this stage even if it is cached; may be repeated', collect)
    .option('--dry-run', 'say what would run and why, and run nothing')
    .option('--watch', 'run again whenever a file of the pipeline or of --params changes')
    .option('--debug', 'print the stack of an error')
    .option('-h, --help', 'show this, and the parameters of FILE')
    .addHelpText(
      'after',
      '\nExamples:\n  pipeline run mnist-2detector.ts\n  pipeline run mnist-2detector --set fit.tol=0.01\n  pipeline run ./my-pipeline.ts --json | tail -1',
    )
    .action(async (name: string | undefined, options: Options, command: Command) => {
      if (options.help || name === undefined) return showHelp(name, options, command);
      if (options.watch) {
        process.exitCode = await (await import('./watch.ts')).watchRuns(name, options.params);
        return;
      }
      const cancel = cancelOnSignal({ strayErrors: true });
      try {
        const result = await runFile(name, options, command, cancel);
        // What went wrong behind the last stage is no part of a result.
        if (result?.status === 'ok' && isPipelineError(cancel.signal.reason)) throw cancel.signal.reason;
      } finally {
        cancel.done();
      }
    });
}

interface Prepared extends LoadedPipeline {
  readonly seed: number;
  readonly failIf: readonly FailIf[];
  /** With --queue. */
  readonly queue: HandedOut | undefined;
}

/** Whoever has no queue does without what talks to one. */
async function handOut(
  { queue, adapter, shards, shardsHost }: Options,
  { pipeline, file }: LoadedPipeline,
  cache: ResultCache | undefined,
  command: Command,
): Promise<HandedOut | undefined> {
  if (queue !== undefined)
    return (await import('../worker/handOut.ts')).handOut(queue, { pipeline, file, cache, adapter, given: writtenParams(command), shards, shardsHost });
  if ((shards ?? shardsHost) === undefined) return undefined;
  throw new PipelineError('E_USAGE', 'Shards are with workers.', { hint: 'Give --queue redis://host:6379 too; see `pipeline worker --help`.' });
}

async function runFile(name: string, options: Options, command: Command, cancel: Cancellation): Promise<RunResult | undefined> {
  const code = codeOf(name);
  const servers = options.track === undefined ? [] : options.track.map((await import('../../tracking/mlflow.ts')).trackedAt);
  // Only whoever wants a report waits for what draws it.
  const report = options.report === undefined ? undefined : await import('../runs/report.ts');
  const store = options.cache ? nodeCacheStore() : undefined;
  const cache = store && { store, code, checkpointMs: Number(process.env['PIPELINE_CHECKPOINT_MS']) || undefined };
  const prepare = async (): Promise<Prepared | undefined> => {
    const seed = seedOf(options.seed);
    report?.checkWritable(options.report!);
    await store?.ready();
    const loaded = await loadChecked(name, options, options.cache ? code : undefined, givenParams(command));
    const paths = loaded?.pipeline.graph.nodes.map(({ path }) => path) ?? [];
    const failIf = (options.failIf ?? []).map((text) => parseFailIf(text, paths));
    const queue = options.dryRun || !loaded ? undefined : await handOut(options, loaded, cache, command);
    return loaded && { ...loaded, seed, failIf, queue };
  };
  const prepared = await prepare().catch((error: unknown) => {
    // Whoever reads the lines waits for the last one.
    if (options.json) jsonReporter()({ type: 'run-finished', status: 'failed', ms: 0, outputs: {}, error: errorSummary(error) });
    throw error;
  });
  if (!prepared) return undefined;
  const { pipeline, file, seed, failIf, queue } = prepared;
  // To `run --watch`, which cannot load it.
  if (process.connected) process.send!(declaredFiles(pipeline.graph), undefined, undefined, () => {});
  const around = nodeSurroundings();
  const adapter = adapterOf({ adapter: options.adapter, quiet: true });
  const { from, to, only, force } = options;
  const selection = { from, to, only, force };
  const planned = { cache, around, adapter, selection, seed };
  if (options.dryRun) {
    await dryRun(pipeline, file, planned, options.json);
    return undefined;
  }
  // What workers take nobody knows here.
  const show = options.json ? jsonReporter() : await textReporter(pipeline, file, queue ? undefined : planned, report !== undefined);
  const recording = await recordRun(pipeline, file);
  const spans = await runSpans(recording.id);
  const emit: Emit = (event) => {
    recording.emit(event);
    spans?.(event);
    show(event);
  };
  queue?.queue.tell(emit);
  const result = await withUserCode(() =>
    run(pipeline, {
      files: nodeFileStore({ offline: options.offline }),
      threads: nodeThreads,
      openCompute: () => openNodeCompute({ adapter: options.adapter, quiet: true }),
      adapter,
      emit,
      signal: cancel.signal,
      elsewhere: queue?.shards ? undefined : queue?.queue,
      shards: queue?.shards,
      cache,
      around,
      selection,
      seed,
      peakBytes: () => process.resourceUsage().maxRSS * 1024,
    }),
  );
  await queue?.close();
  await (store ?? nodeCacheStore()).trim(); // rows of large tables go there too
  if (options.debug && result.error !== undefined) console.error(result.error);
  const refused = result.status === 'ok' ? refusal(() => checkFigures(failIf, result.outputs)) : undefined;
  process.exitCode = cancel.exitCode() ?? (refused === undefined ? result.exitCode : exitCodeOf(refused));
  await recording.finish(result, process.exitCode);
  if (report) {
    await report.writeReport(await recordOf(recording.id), options.report!);
    // stdout of --json is events alone.
    (options.json ? process.stderr : process.stdout).write(`report: ${resolve(options.report!)}\n`);
  }
  if (servers.length > 0) await (await import('../../tracking/track.ts')).track(servers, await recordOf(recording.id));
  if (refused !== undefined) throw refused;
  return result;
}

/** What a check throws. */
function refusal(check: () => void): unknown {
  try {
    check();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The options of `run`, and those of the pipeline where one is named. Without a file, asking for nothing is a mistake. */
async function showHelp(name: string | undefined, { help }: Options, command: Command): Promise<void> {
  if (!help) throw new PipelineError('E_USAGE', 'run needs a pipeline file.', { hint: '`pipeline list` shows the pipelines here.' });
  command.outputHelp();
  if (name === undefined) return;
  const { pipeline } = await loadPipeline(name);
  for (const line of ['', ...paramLines(pipeline, terminalStyle(process.stdout, process.env))]) process.stdout.write(`${line}\n`);
}

function jsonReporter(): Emit {
  return throttleProgress((event) => writeLine(jsonLine(event)));
}

async function textReporter(pipeline: Pipeline, file: string, options: PlanOptions | undefined, reported: boolean): Promise<Emit> {
  const { stdout: out, stderr: err, env } = process;
  // Only somebody at a terminal is told of other runs; others wait for what stages took.
  const records = await readRecords(undefined, isTerminal(out, env) || err.isTTY ? undefined : (text) => text.includes('"ran"'));
  // What is wrong with a run, the run itself says.
  const expected = options && (await expectedTime(pipeline, file, records, options).catch(() => undefined));
  const durations = err.isTTY ? lastDurations(records, file) : undefined;
  return terminalReporter({ out, err, env, expected, durations, ends: endsOf(pipeline), next: nextSteps(pipeline, file, records, reported) });
}
