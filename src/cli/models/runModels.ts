// Models that a recorded run left in the cache.
import '../../api.ts'; // what models are decoded with
import { PipelineError } from '../../core/errors/errors.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import type { Predictor } from '../../dsl/estimator.ts';
import { BY_ADAPTER, readEntry, readValue, type CacheStore } from '../../runtime/keys/cache.ts';

/** A model that is read when it is asked for. */
export interface RunModel {
  /** The stage that provided it. */
  readonly path: string;
  /** @returns the model, and how many bytes it takes in the cache */
  read(): Promise<{ readonly model: Predictor; readonly bytes: number }>;
}

/** The last first. */
export async function modelsOf(run: RunRecord, store: CacheStore): Promise<readonly RunModel[]> {
  const found: RunModel[] = [];
  for (const { path, key } of run.stages.toReversed()) {
    const entry = key === undefined ? undefined : await readEntry(store, key, ['model']);
    if (entry === undefined || entry === BY_ADAPTER || !entry.stored.includes('model')) continue;
    const digest = entry.digests['model']!;
    found.push({
      path,
      async read() {
        let bytes = entry.small[digest]?.length ?? 0;
        const getBlob: CacheStore['getBlob'] = async (name) => {
          const blob = await store.getBlob(name);
          bytes += blob?.length ?? 0;
          return blob;
        };
        const model = (await readValue({ getBlob }, entry, digest)) as Predictor;
        return { model, bytes };
      },
    });
  }
  return found;
}

/**
 * The model of a run, or of one of its stages.
 *
 * @throws E_USAGE where none is meant, one of several, or one that the cache has dropped: another one of the run is no answer
 */
export async function modelOf(run: RunRecord, store: CacheStore, stage: string | undefined): Promise<RunModel> {
  const found = await modelsOf(run, store);
  const there = pathsOf(found);
  const fitted = run.stages
    .toReversed()
    .filter(({ path, status, provides }) => there.includes(path) || (status !== 'unreached' && provides?.includes('model')));
  const wanted = stage === undefined ? lastOfRows(pathsOf(fitted)) : [stage];
  const gone = wanted.filter((path) => !there.includes(path) && fitted.some((one) => one.path === path));
  const again = 'Run the pipeline again, with the cache on';
  if (found.length === 0)
    throw new PipelineError('E_USAGE', `Run ${run.id} left no model in the cache.`, {
      hint: gone.length > 0 ? `${again}.` : 'Run a pipeline that fits a model, with the cache on.',
    });
  if (gone.length > 0) {
    const others = wanted.length > 1 ? `Run ${run.id} has ${wanted.length} models: ${wanted.join(', ')}. ` : '';
    throw new PipelineError('E_USAGE', `${others}The cache no longer has that of ${gone.join(', ')}${others ? '' : ` of run ${run.id}`}.`, {
      hint: `${again}, or say which other: --stage ${(wanted.find((path) => there.includes(path)) ?? there[0])!}.`,
    });
  }
  if (wanted.length === 1 && there.includes(wanted[0]!)) return found.find(({ path }) => path === wanted[0])!;
  if (stage !== undefined)
    throw new PipelineError('E_USAGE', `Run ${run.id} has no model of a stage '${stage}'.`, { hint: `Stages with models: ${there.join(', ')}.` });
  throw new PipelineError('E_USAGE', `Run ${run.id} has ${wanted.length} models: ${wanted.join(', ')}.`, { hint: `Say which: --stage ${wanted[0]}.` });
}

function pathsOf(of: readonly { readonly path: string }[]): readonly string[] {
  return of.map(({ path }) => path);
}

/** Of stages in a row, the last took the place of the others' model: `partialFit` that of `fit`. */
function lastOfRows(paths: readonly string[]): readonly string[] {
  const rowOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
  return paths.filter((one, i) => paths.findIndex((other) => rowOf(other) === rowOf(one)) === i);
}
