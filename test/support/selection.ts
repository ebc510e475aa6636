// What tests of the choice of models share: a run on rows, and scikit-learn's sets, models and names.
import type { RunEvent } from '../../src/core/events.ts';
import { pipeline, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import { gaussianNB, kNeighborsClassifier, logisticRegression, ridge, type Scoring } from '../../src/api.ts';
import { memoryCacheStore, type CacheStore } from '../../src/runtime/keys/cache.ts';
import { run } from '../../src/runtime/run.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { testCompute } from './compute.ts';
import { figureSet, thirds } from './figures.ts';
import { valuedSet } from './leastSquares.ts';

export type Output = Readonly<Record<string, unknown>>;

interface How {
  readonly store?: CacheStore;
  /** The run fails at this many fit-progress events. */
  readonly cutAt?: number;
  /** Of the state, to give back. */
  readonly values?: readonly string[];
}

/** Runs stages on rows; what they put out is by their id. */
export async function ranOn(data: object, stages: readonly unknown[], { store = memoryCacheStore(), cutAt, values = [] }: How = {}) {
  const compute = { ...(await testCompute()), destroy: () => {} };
  const events: RunEvent[] = [];
  const source = fetch({ name: 'rows', digest: 'rows', code: [], load: async () => ({ ...data, role: 'all' }) as never });
  const result = await run((pipeline as (...all: unknown[]) => Pipeline)('selected', source, ...stages), {
    files: { read: () => Promise.reject(new Error('no files')) },
    openCompute: async () => ({ compute, summary: { name: 'test', vendor: '', architecture: '', driver: '', software: true } }),
    emit: (event) => {
      events.push(event);
      if (event.type === 'fit-progress' && events.filter(({ type }) => type === 'fit-progress').length === cutAt) throw new Error('cut');
    },
    signal: new AbortController().signal,
    cache: { store, code: { closure: async () => ({}), packageDigests: async () => ({ code: '', kernels: '' }), text: async () => '' }, checkpointMs: 0.1 },
    values: [...values],
  });
  if (cutAt === undefined && result.error !== undefined) throw result.error;
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  return { outputs: result.outputs as Readonly<Record<string, Output>>, values: result.values, warnings, events, error: result.error };
}

/** scikit-learn's default models, as far as they differ from ours. */
export const MODELS = {
  gaussianNB: gaussianNB(),
  kNeighborsClassifier: kNeighborsClassifier(),
  ridge: ridge(),
  logisticRegression: logisticRegression(),
} as const;

/** A set that figures are of, with weights 1, 2, 3, 1, ... where they are asked for. */
export function selectionSet(name: string, weighted = false): object {
  const data = name.startsWith('diabetes') ? valuedSet(name) : figureSet(name);
  return weighted ? { ...data, weights: thirds(data.x.rows) } : data;
}

/** `neg_log_loss` as we have it. */
export function camel<S extends string = Scoring>(name: string): S {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as S;
}

export function camelKeys<T>(params: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [camel<string>(key), value]));
}
