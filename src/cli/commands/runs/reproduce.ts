// `pipeline reproduce`: runs a recorded run again, with its parameters and seed and with nothing kept from earlier, and compares all
// figures; says what of its code, its data, this package and the adapter is not as it was.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isPipelineError, PipelineError } from '../../../core/errors/errors.ts';
import type { AdapterSummary } from '../../../core/events.ts';
import type { RunRecord } from '../../../core/runRecord.ts';
import type { Pipeline } from '../../../dsl/graph/pipeline.ts';
import { reconfigure } from '../../../dsl/graph/reconfigure.ts';
import { terminalReporter } from '../../../report/terminal/reporter.ts';
import { terminalStyle } from '../../../report/terminal/style.ts';
import { nodeCacheStore } from '../../../runtime/node/cache/cacheStore.ts';
import { nodeFileStore } from '../../../runtime/node/files/fileStore.ts';
import { nodeThreads } from '../../../runtime/node/threads.ts';
import { openNodeCompute } from '../../../runtime/node/runtime.ts';
import { nodeSurroundings } from '../../../runtime/node/surroundings.ts';
import { run, type OpenedCompute, type RunResult } from '../../../runtime/run.ts';
import { codeOf, loadPipeline } from '../../load/load.ts';
import { recordRun } from '../../recording.ts';
import { cancelOnSignal } from '../../signals.ts';
import { withUserCode } from '../../streams.ts';
import { endsOf } from '../run/nextSteps.ts';
import { adapterOf, comparison, comparisonLines } from './comparison.ts';
import { recordOf } from './runs.ts';

interface Options {
  readonly adapter?: string;
  readonly tolerance: string;
  readonly offline?: boolean;
  readonly json?: boolean;
}

export function addReproduce(program: Command): void {
  program
    .command('reproduce')
    .argument('[run]', 'id of a run or a prefix of one; last, last~1', 'last')
    .description(
      'Runs the file of a recorded run again, with its parameters and seed and without results of the cache, and compares all figures: bit for bit on the same adapter, else within --tolerance. Exit status 5 if some differ.',
    )
    .option('--adapter <name>', 'as for run; by default that of the record, if this machine has it')
    .option('--tolerance <number>', 'on another adapter: how far a figure may be off, as a share of it, or of 1 where it is smaller', '0.001')
    .option('--offline', 'use only cached and installed files')
    .option('--json', 'one JSON object')
    .action(reproduce);
}

async function reproduce(id: string, { adapter: asked, tolerance, offline, json }: Options): Promise<void> {
  const allowed = Number(tolerance);
  if (!(allowed >= 0)) throw new PipelineError('E_USAGE', `--tolerance ${tolerance} is not a tolerance.`, { hint: 'Give a number from 0 up.' });
  const record = await recordOf(id);
  if (record.status !== 'ok') {
    const ended = record.status === 'running' ? 'is still running' : record.status === 'failed' ? 'failed' : `was ${record.status}`;
    throw new PipelineError('E_USAGE', `Run ${record.id} ${ended}: it has no figures to compare with.`, {
      hint: 'Name a run that ended well: `pipeline runs` lists them.',
    });
  }
  const pipeline = asRecorded((await loadPipeline(record.file)).pipeline, record);
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-reproduce-'));
  const cancel = cancelOnSignal({ strayErrors: true });
  try {
    const result = await again(pipeline, record, { asked, offline, json, folder, signal: cancel.signal }, (finished) => cancel.exitCode() ?? finished.exitCode);
    if (!result) return;
    const found = comparison(record, result, allowed);
    const text = json ? [JSON.stringify({ type: 'reproduction', ...found })] : comparisonLines(found, terminalStyle(process.stdout, process.env));
    for (const line of text) process.stdout.write(`${line}\n`);
    if (found.differing.length > 0) {
      const { stage, name } = found.differing[0]!;
      throw new PipelineError('E_RESULT', `${found.differing.length} of ${found.figures} figures are not as in run ${record.id}, the first ${stage}.${name}.`, {
        hint: `\`pipeline runs diff ${record.id} ${result.id}\` shows what differs between the runs.`,
      });
    }
  } finally {
    cancel.done();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Again {
  readonly asked: string | undefined;
  readonly offline: boolean | undefined;
  readonly json: boolean | undefined;
  /** Of results, gone afterwards. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** The record of the new run; none where it failed. */
async function again(
  pipeline: Pipeline,
  record: RunRecord,
  { asked, offline, json, folder, signal }: Again,
  exitCode: (result: RunResult) => number,
): Promise<RunRecord | undefined> {
  const { stdout: out, stderr: err, env } = process;
  const show = json ? () => {} : terminalReporter({ out, err, env, ends: endsOf(pipeline) });
  const recording = await recordRun(pipeline, record.file);
  // A run that ended well left out what it was not to run.
  const ran = record.stages.filter(({ status }) => status !== 'unreached').map(({ path }) => path);
  const result = await withUserCode(() =>
    run(pipeline, {
      files: nodeFileStore({ offline }),
      threads: nodeThreads,
      openCompute: () => opened(asked, adapterOf(record)),
      emit: (event) => {
        recording.emit(event);
        show(event);
      },
      signal,
      // The keys of stages tell what is not as it was.
      cache: { store: nodeCacheStore({ folder }), code: codeOf(record.file), checkpointMs: undefined },
      around: nodeSurroundings(),
      seed: record.seed,
      selection: ran.length < record.stages.length ? { to: ran } : {},
    }),
  );
  process.exitCode = exitCode(result);
  await recording.finish(result, process.exitCode);
  return result.status === 'ok' ? recordOf(recording.id) : undefined;
}

/** The adapter asked for; else that of the record, with its solver, or any where it is not there. */
async function opened(asked: string | undefined, recorded: AdapterSummary | undefined): Promise<OpenedCompute> {
  if (asked !== undefined || !recorded) return openNodeCompute({ adapter: asked, quiet: true });
  try {
    return await openNodeCompute({ adapter: recorded.name, solver: recorded.solver ?? 'host', quiet: true });
  } catch (error) {
    if (!isPipelineError(error) || error.code !== 'E_NO_ADAPTER') throw error;
    return openNodeCompute({ quiet: true });
  }
}

/** The pipeline with all parameters as the record has them, whatever its file says by now. */
function asRecorded(loaded: Pipeline, { id, params = {}, stages }: RunRecord): Pipeline {
  const pipeline = loaded.configurable && Object.keys(params).length > 0 ? loaded.configurable.rebuild(params) : loaded;
  const now = new Map(pipeline.graph.nodes.map(({ path, stage }) => [path, stage.spec]));
  const settings = stages.flatMap(({ path, params: then }) => {
    const spec = now.get(path);
    if (!spec?.configurable) return []; // told by the comparison
    return Object.entries(then)
      .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(spec.params[name]))
      .map(([param, value]) => ({ path, param, value, written: `run ${id}: ${path}.${param}` }));
  });
  return reconfigure(pipeline, settings);
}
