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

/** The model of a run, or of one of its stages. @throws E_USAGE where none is meant, or one of several */
export async function modelOf(run: RunRecord, store: CacheStore, stage: string | undefined): Promise<RunModel> {
  const found = await modelsOf(run, store);
  if (found.length === 0)
    throw new PipelineError('E_USAGE', `Run ${run.id} left no model in the cache.`, {
      hint: 'Run a pipeline that fits a model, with the cache on.',
    });
  const wanted = stage === undefined ? lastOfRows(found) : found.filter(({ path }) => path === stage);
  if (wanted.length === 1) return wanted[0]!;
  const pathsOf = (models: readonly RunModel[]): string => models.map(({ path }) => path).join(', ');
  if (stage !== undefined)
    throw new PipelineError('E_USAGE', `Run ${run.id} has no model of a stage '${stage}'.`, { hint: `Stages with models: ${pathsOf(found)}.` });
  throw new PipelineError('E_USAGE', `Run ${run.id} has ${wanted.length} models: ${pathsOf(wanted)}.`, { hint: `Say which: --stage ${wanted[0]!.path}.` });
}

/** Of stages in a row, the last took the place of the others' model: `partialFit` that of `fit`. */
function lastOfRows(models: readonly RunModel[]): readonly RunModel[] {
  const rowOf = ({ path }: RunModel): string => path.slice(0, path.lastIndexOf('/') + 1);
  return models.filter((one, i) => models.findIndex((other) => rowOf(other) === rowOf(one)) === i);
}
