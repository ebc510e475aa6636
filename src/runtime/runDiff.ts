// What differs between two recorded runs, stage by stage: parameters, other parts of the keys, outputs, times.
import type { Json, JsonRecord } from '../core/events.ts';
import type { RecordedStage, RunRecord } from '../core/runRecord.ts';
import { changesOf, type PartChange, type Parts } from './keys/identity.ts';

export interface Change {
  /** Keys from the outside inwards, joined by `.`: `confusion.0.1`. */
  readonly name: string;
  /** Undefined where it is not there. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  /** Set for a list or record in which so many values differ that they are counted instead of told; before and after are then its sizes. */
  readonly differing?: number;
}

/** Most values of one list or record that are told one by one. */
const MOST_VALUES = 6;

type Two<T> = readonly [T, T];

export interface StageDiff {
  readonly path: string;
  /** `absent`: that run's pipeline has no such stage. */
  readonly status: Two<RecordedStage['status'] | 'absent'>;
  readonly ms: Two<number | undefined>;
  readonly params: readonly Change[];
  /** Other parts of the key: inputs, code, shaders, seeds. */
  readonly parts: readonly PartChange[];
  readonly outputs: readonly Change[];
}

export interface RunDiff {
  readonly runs: Two<string>;
  readonly pipelines: Two<string>;
  readonly ms: Two<number | undefined>;
  /** The pipelines' own parameters. */
  readonly params: readonly Change[];
  /** Every stage of either run, those of the first run first. */
  readonly stages: readonly StageDiff[];
}

export function diffRuns(a: RunRecord, b: RunRecord): RunDiff {
  const paths = [...new Set([...a.stages, ...b.stages].map(({ path }) => path))];
  return {
    runs: [a.id, b.id],
    pipelines: [a.pipeline, b.pipeline],
    ms: [a.ms, b.ms],
    // Earlier records say nothing of them.
    params: a.params && b.params ? leafChanges(a.params, b.params) : [],
    stages: paths.map((path) => {
      const [before, after] = [a, b].map(({ stages }) => stages.find((stage) => stage.path === path));
      return {
        path,
        status: [before?.status ?? 'absent', after?.status ?? 'absent'],
        ms: [before?.ms, after?.ms],
        params: leafChanges(before?.params, after?.params),
        // Where one run did not come this far there is nothing to compare.
        parts: before?.parts && after?.parts ? changesOf(withoutParams(before.parts), withoutParams(after.parts)) : [],
        outputs: before?.output && after?.output ? leafChanges(before.output, after.output) : [],
      };
    }),
  };
}

function withoutParams(parts: Parts): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([part]) => !part.startsWith('param ')));
}

function leafChanges(before: JsonRecord = {}, after: JsonRecord = {}): readonly Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const [a, b] = [leavesOf(before, key), leavesOf(after, key)];
    const changes = [...new Set([...a.keys(), ...b.keys()])].flatMap((name) =>
      a.get(name) === b.get(name) ? [] : [{ name, before: a.get(name), after: b.get(name) }],
    );
    return changes.length <= MOST_VALUES ? changes : [{ name: key, before: sizeOf(before[key]), after: sizeOf(after[key]), differing: changes.length }];
  });
}

function leavesOf(values: JsonRecord, key: string): ReadonlyMap<string, Json> {
  return Object.hasOwn(values, key) ? leaves(values[key]!, key) : new Map();
}

/** `10 x 10` of a matrix, `24 entries` of anything else that has entries. */
function sizeOf(value: Json | undefined): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const entries = Object.values(value) as readonly Json[];
  const [first] = entries;
  return Array.isArray(first) ? `${entries.length} x ${first.length}` : `${entries.length} entries`;
}

/** Plain values by their path. */
export function leaves(value: Json, path = '', found = new Map<string, Json>()): ReadonlyMap<string, Json> {
  if (value === null || typeof value !== 'object') found.set(path, value);
  else for (const [key, inner] of Object.entries(value) as [string, Json][]) leaves(inner, path === '' ? key : `${path}.${key}`, found);
  return found;
}
