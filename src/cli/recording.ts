// Keeps the record of a run: what the pipeline says of itself, what its events tell, and how it ended.
import { readFileSync } from 'node:fs';
import { errorSummary, type Emit, type RunEvent } from '../core/events.ts';
import type { RecordedStage, RunFacts, RunStatus } from '../core/runRecord.ts';
import type { Pipeline } from '../dsl/graph/pipeline.ts';
import { inferGraph } from '../dsl/graph/infer.ts';
import { describeGraph } from '../report/graph/description.ts';
import { jsonLine, throttleProgress } from '../report/json.ts';
import { withoutCredentials } from '../runtime/node/files/urls.ts';
import { gitFacts } from '../runtime/node/runs/gitFacts.ts';
import { startRecord } from '../runtime/node/runs/runStore.ts';
import type { RunResult } from '../runtime/run.ts';
import { SIGNAL_CODES } from './signals.ts';
import { version } from './version.ts';

/** Letters of a pipeline file that are kept with its runs: records are read all at once. */
const MOST_SOURCE = 32_000;
const SIGNALS: readonly number[] = Object.values(SIGNAL_CODES);

export interface Recording {
  readonly id: string;
  readonly emit: Emit;
  /** Writes the whole record. */
  finish(result: RunResult, exitCode: number): Promise<void>;
}

export async function recordRun(pipeline: Pipeline, file: string): Promise<Recording> {
  const { name, graph, params } = pipeline;
  const known = inferGraph(graph).facts;
  const started = performance.now();
  const finished = new Map<string, Extract<RunEvent, { type: 'stage-finished' }>>();
  const startedAt = new Map<string, number>();
  const git = gitFacts(file);
  const source = textOf(file);
  const begin: RunFacts = {
    pipeline: name,
    file,
    status: 'running',
    version,
    params,
    command: ['pipeline', ...process.argv.slice(2).map(withoutCredentials)].map(asTyped).join(' '),
    ...(source.length <= MOST_SOURCE && source !== '' ? { source } : {}),
    graph: describeGraph(pipeline, (node) => known.get(node)),
    stages: graph.nodes.map(({ path, stage, provides }) => ({ path, status: 'unreached', params: stage.spec.params, provides })),
  };
  let facts = begin;
  const recorder = await startRecord(begin, (message) => process.stderr.write(`! ${message}\n`));
  const append = throttleProgress((event) => recorder.append(jsonLine(event)));
  return {
    id: recorder.id,
    emit: (event) => {
      if (event.type === 'run-started') facts = { ...facts, seed: event.seed };
      if (event.type === 'adapter-ready') facts = { ...facts, adapter: event.adapter };
      if (event.type === 'stage-started') startedAt.set(event.stage, performance.now() - started);
      if (event.type === 'stage-finished') finished.set(event.stage, event);
      append(event);
    },
    finish: async (result, exitCode) => {
      const reached = new Map(result.stages.map((stage) => [stage.path, stage]));
      const stages = begin.stages.map((stage): RecordedStage => {
        const found = reached.get(stage.path);
        if (!found) return stage;
        const { status, ms, identity } = found;
        const { output, uncached, device, computedMs, adapter, worker, attempt } = finished.get(stage.path) ?? {};
        const computed = computedMs === undefined ? undefined : { ms: computedMs, adapter, ...(worker === undefined ? {} : { worker, attempt }) };
        return { ...stage, status, ms, at: startedAt.get(stage.path), key: identity?.key, parts: identity?.parts, output, uncached, device, computed };
      });
      const status: RunStatus = SIGNALS.includes(exitCode) ? 'cancelled' : result.status;
      const error = result.error === undefined ? undefined : errorSummary(result.error);
      return recorder.finish({ ...facts, git: await git, status, ms: performance.now() - started, exitCode, stages, error });
    },
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** As a shell takes it. */
function asTyped(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
