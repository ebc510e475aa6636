// Why a stage would run: the first part of its key that differs from a recorded run, followed upwards through its inputs to
// the stage where the change began.
import type { RecordedStage, RunRecord } from '../../core/runRecord.ts';
import { nodesOf } from '../../dsl/graph/graph.ts';
import { firstChange, type PartChange, type Parts } from './identity.ts';
import type { PlannedStage } from './plan.ts';

export interface Cause {
  /** Where the change began. */
  readonly stage: string;
  /** The input by which it arrives at the stage asked about; absent when it began there. */
  readonly input?: string | undefined;
  /** The part that changed; absent for a stage that is new, or that runs every time. */
  readonly part?: PartChange | undefined;
  /** Why such a stage runs every time; absent for one that is new. */
  readonly always?: string | undefined;
}

/** The newest run of a file that reached a stage and knew its parts. */
export function lastRunOf(records: readonly RunRecord[], file: string, path: string): RunRecord | undefined {
  return records.findLast((record) => record.file === file && recorded(record, path) !== undefined);
}

/** What changed for a stage since a run, if anything did. */
export function causeOf(stage: PlannedStage, plan: readonly PlannedStage[], record: RunRecord): Cause | undefined {
  const { path } = stage.node;
  const before = recorded(record, path)?.parts;
  if (!before) return { stage: path };
  const own = firstChange(withoutInputs(before), withoutInputs(stage.parts));
  if (own) return { stage: path, part: own };
  for (const [input, ref] of Object.entries(stage.node.inputs)) {
    if (stage.parts[`input ${input}`] === before[`input ${input}`]) continue;
    for (const node of nodesOf(ref)) {
      const above = plan.find((one) => one.node === node);
      const cause = above && causeOf(above, plan, record);
      if (cause) return { ...cause, input };
    }
  }
  return stage.why === undefined ? undefined : { stage: path, always: stage.why };
}

/** One sentence on what a stage would do and why. */
export function explain(stage: PlannedStage, plan: readonly PlannedStage[], records: readonly RunRecord[], file: string): string {
  const { path } = stage.node;
  const record = lastRunOf(records, file, path);
  const cause = record && causeOf(stage, plan, record);
  if (stage.does === 'cached') {
    if (!record) return `${path} comes from the cache; no run of this file is recorded.`;
    if (!cause) return `${path} comes from the cache: nothing it depends on changed since run ${record.id}.`;
    return `${path} comes from the cache: a run with the same parts kept it. Since run ${record.id}, ${clause(cause, path)}.`;
  }
  // What the stages above provide may turn out to be what it was.
  const maybe =
    stage.does === 'waits' && cause && cause.stage !== path ? ` If ${stage.until.join(', ')} provides the same as then, ${path} comes from the cache.` : '';
  return `${path} runs: ${reason(stage, plan, record)}.${maybe}`;
}

/** Why a stage that does not come from the cache runs, as a clause. */
export function reason(stage: PlannedStage, plan: readonly PlannedStage[], record: RunRecord | undefined): string {
  const { path } = stage.node;
  if (stage.why !== undefined) return stage.why;
  if (!record) return 'it never ran';
  const cause = causeOf(stage, plan, record);
  if (cause) return clause(cause, path);
  const last = recorded(record, path);
  if (last?.status === 'failed') return `it failed in run ${record.id}`;
  if (last?.uncached !== undefined) return `its result could not be kept in run ${record.id}: ${last.uncached}`;
  return stage.until.length > 0 ? `it waits for ${stage.until.join(', ')}, no longer in the cache` : 'its result is no longer in the cache';
}

function clause({ stage, input, part, always }: Cause, asked: string): string {
  if (stage === asked) return part ? `its ${describe(part)}` : always === undefined ? 'it is new' : always;
  if (always !== undefined) return `its input '${input}' may change: stage ${stage} runs every time, since ${always}`;
  return `its input '${input}' changed, because ${part ? `stage ${stage}'s ${describe(part)}` : `stage ${stage} is new`}`;
}

function describe({ part, before, after }: PartChange): string {
  const [kind, ...rest] = part.split(' ');
  const name = rest.join(' ');
  if (part === 'package code') return 'code in pipeline-gpu changed';
  if (part === 'package kernels') return 'kernels in pipeline-gpu changed';
  if (part === 'format') return 'format in the cache changed';
  if (part.startsWith('code package ')) {
    const patched = before !== undefined && releaseOf(before) === releaseOf(after);
    return patched ? `${name} changed, though it is still ${releaseOf(after)}` : `${name} changed${values(releaseOf(before), releaseOf(after))}`;
  }
  if (kind === 'code')
    return before === undefined ? `code now imports ${name}` : after === undefined ? `code no longer imports ${name}` : `code changed in ${name}`;
  if (kind === 'captured') return `'${name}' changed`;
  if (kind === 'file') return declared(part, before, after);
  if (kind === 'env') return declared(`environment variable ${name}`, before, after);
  if (part === 'outputs') return `outputs changed${values(before, after)}`;
  if (part === 'made with') return `pipeline's parameters changed${values(before, after)}`;
  if (part === 'made as') return 'position among the stages of this id changed';
  if (kind === 'wgsl') return `shader ${name} changed`;
  if (part === 'requested by later stages') return `work for later stages changed${values(before, after)}`;
  return `${part} changed${values(before, after)}`;
}

/** `rxjs 7.8.2` of what is known of a package. */
function releaseOf(version: string | undefined): string | undefined {
  return version?.split(', files ')[0];
}

function declared(what: string, before: string | undefined, after: string | undefined): string {
  return before === undefined ? `inputs now name ${what}` : after === undefined ? `inputs no longer name ${what}` : `${what} changed`;
}

function values(before: string | undefined, after: string | undefined): string {
  return ` from ${before ?? 'nothing'} to ${after ?? 'nothing'}`;
}

function recorded({ stages }: RunRecord, path: string): RecordedStage | undefined {
  return stages.find((stage) => stage.path === path && stage.parts !== undefined);
}

function withoutInputs(parts: Parts): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([part]) => !part.startsWith('input ')));
}
