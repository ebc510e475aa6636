// What is kept of a run, so that it can be looked at, compared and explained later: plain data, one JSON file a run.
import type { AdapterSummary, DeviceUse, ErrorSummary, JsonRecord } from './events.ts';

/** Goes up when a field changes its meaning. */
export const RECORD_SCHEMA = 1;

/** `running` is what the file of a live run says; of a process that is gone it means `interrupted`. */
export type RunStatus = 'running' | 'ok' | 'failed' | 'cancelled' | 'interrupted';

export interface RecordedStage {
  readonly path: string;
  /** `unreached`: the run ended before it, or was not about it. */
  readonly status: 'ran' | 'cached' | 'failed' | 'unreached';
  readonly params: JsonRecord;
  /** What it adds to the state; absent in records of earlier versions. */
  readonly provides?: readonly string[] | undefined;
  readonly ms?: number | undefined;
  /** When it was started, in ms after the run began; absent for a stage that never was, and in records of earlier versions. */
  readonly at?: number | undefined;
  /** Of the cache; absent for a result that is not kept. */
  readonly key?: string | undefined;
  /** Named parts that decide the result, see `identify`. */
  readonly parts?: Readonly<Record<string, string>> | undefined;
  readonly output?: JsonRecord | undefined;
  /** Why the result was not kept, where it was not. */
  readonly uncached?: string | undefined;
  readonly device?: DeviceUse | undefined;
  /** Of a cached result, or that of a worker: how long it took when it was computed, where, and by which worker at which try. */
  readonly computed?:
    | { readonly ms: number; readonly adapter?: AdapterSummary | undefined; readonly worker?: string | undefined; readonly attempt?: number | undefined }
    | undefined;
}

export interface GitFacts {
  readonly commit: string;
  /** Whether a file under version control, or the pipeline file, differs from the commit. */
  readonly dirty: boolean;
}

export interface RunRecord {
  readonly schema: number;
  /** When it began, UTC, and a mark: `20261127-142301-a3f9`. */
  readonly id: string;
  readonly pipeline: string;
  /** Absolute path of the pipeline file. */
  readonly file: string;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly ms?: number | undefined;
  readonly exitCode?: number | undefined;
  /** The pipeline's own parameters; records of earlier versions have none. */
  readonly params?: JsonRecord | undefined;
  /** Root seed; absent until the first stage is reached. */
  readonly seed?: number | undefined;
  readonly adapter?: AdapterSummary | undefined;
  readonly machine: { readonly host: string; readonly cpu: string; readonly node: string; readonly platform: string };
  /** Of this package. */
  readonly version: string;
  readonly pid: number;
  /** Tells the process from a later one with the same number, where the platform does. */
  readonly process?: string | undefined;
  /** Counts the runs of a folder, since clocks go wrong; records of earlier versions have none. */
  readonly nth?: number | undefined;
  readonly stages: readonly RecordedStage[];
  /** What was typed: `pipeline run mnist-2detector`. Like the next two, absent in records of earlier versions. */
  readonly command?: string | undefined;
  /** Text of the pipeline file; absent where it is long. */
  readonly source?: string | undefined;
  /** Where the pipeline file is in a git repository: what was checked out, and whether anything was changed since. */
  readonly git?: GitFacts | undefined;
  /** The graph as `pipeline graph` describes it. */
  readonly graph?: object | undefined;
  readonly error?: ErrorSummary | undefined;
}

/** What a run tells of itself, when it begins and when it is over; the rest is known to whoever keeps the record. */
export type RunFacts = Omit<RunRecord, 'schema' | 'id' | 'started' | 'machine' | 'pid' | 'process' | 'nth'>;

/** Outputs that tell how good a model is, best witness first. */
const SCORES = ['meanScore', 'bestScore', 'testAccuracy', 'validationAccuracy', 'r2', 'adjustedRand', 'negInertia', 'inlierShare'];

/** The figure by which runs are told apart: of the last stage that has one. A mean says of which score it is: `mean r2`. */
export function mainScore({ stages }: Pick<RunRecord, 'stages'>): { readonly name: string; readonly value: number } | undefined {
  for (const { output } of stages.toReversed()) {
    for (const name of SCORES) {
      const value = output?.[name];
      if (typeof value !== 'number') continue;
      const scoring = output!['scoring'];
      return { name: typeof scoring === 'string' ? name.replace('Score', ` ${scoring}`) : name, value };
    }
  }
  return undefined;
}

/** How long each stage took when it last ran, by path. */
export function lastDurations(records: readonly RunRecord[], file: string): ReadonlyMap<string, number> {
  const ran = records.filter((record) => record.file === file).flatMap(({ stages }) => stages.filter(({ status }) => status === 'ran'));
  return new Map(ran.map(({ path, ms }) => [path, ms!]));
}
