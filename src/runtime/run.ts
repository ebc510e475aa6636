// The engine: subscribes to a pipeline's operator graph once, turns what happens into events, and closes what the run
// opened. It knows no platform: files, device and clock are handed in.
import { exitCodeOf, isPipelineError, PipelineError } from '../core/errors.ts';
import { EVENT_SCHEMA, type AdapterSummary, type Emit, type ErrorSummary, type JsonRecord } from '../core/events.ts';
import type { FileStore } from '../core/files.ts';
import { observe, type Pipeline } from '../dsl/pipeline.ts';
import { firstValueFrom } from '../dsl/rx.ts';
import type { GpuCompute } from './gpu/compute.ts';

/** A device and what it is. */
export interface OpenedCompute {
  readonly compute: GpuCompute;
  readonly summary: AdapterSummary;
}

export interface RunOptions {
  readonly files: FileStore;
  readonly openCompute: () => Promise<OpenedCompute>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly status: 'ok' | 'failed';
  readonly outputs: { readonly [stage: string]: JsonRecord };
  /** The error as thrown, for a failed run. */
  readonly error?: unknown;
  readonly exitCode: number;
}

/** Runs a pipeline to its end. Never throws: a failure is in the result and in the `run-finished` event. */
export async function run(pipeline: Pipeline, { files, openCompute, emit, signal }: RunOptions): Promise<RunResult> {
  const started = performance.now();
  const outputs: Record<string, JsonRecord> = {};
  let opened: Promise<OpenedCompute> | undefined;
  const record: Emit = (event) => {
    if (event.type === 'stage-finished') outputs[event.stage] = event.output;
    emit(event);
  };
  const compute = async (): Promise<GpuCompute> => {
    opened ??= openCompute().then((device) => {
      emit({ type: 'adapter-ready', adapter: device.summary });
      return device;
    });
    return (await opened).compute;
  };
  emit({ type: 'run-started', schema: EVENT_SCHEMA, pipeline: pipeline.name, stages: pipeline.stages.map(({ id }) => id) });
  let error: unknown;
  try {
    await firstValueFrom(observe(pipeline, { files, signal, emit: record, compute }));
  } catch (thrown) {
    error = thrown ?? new PipelineError('E_STAGE', 'A stage threw nothing.');
  } finally {
    await opened?.then(
      (device) => device.compute.destroy(),
      () => {},
    );
  }
  const status = error === undefined ? 'ok' : 'failed';
  emit({ type: 'run-finished', status, ms: performance.now() - started, outputs, ...(error === undefined ? {} : { error: errorSummary(error) }) });
  return { status, outputs, exitCode: error === undefined ? 0 : exitCodeOf(error), ...(error === undefined ? {} : { error }) };
}

/** The part of an error that events and reports carry. */
export function errorSummary(error: unknown): ErrorSummary {
  if (!isPipelineError(error)) return { code: 'E_INTERNAL', message: error instanceof Error ? error.message : String(error) };
  const { code, message, hint, at, stage } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }), ...(at === undefined ? {} : { at }), ...(stage === undefined ? {} : { stage }) };
}
