// A run's model as the page needs it: weights by class, read from the stage cache.
import '../../api.ts'; // what models are decoded with
import { PipelineError } from '../../core/errors/errors.ts';
import type { RunEvent } from '../../core/events.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import type { LogisticModel } from '../../estimators/logisticRegression/model.ts';
import type { OneVsRestModel } from '../../estimators/oneVsRest/oneVsRest.ts';
import { BY_ADAPTER, readEntry, readValue, type CacheStore } from '../../runtime/keys/cache.ts';
import type { ServedModel } from '../../ui/draw.ts';

/** @throws E_USAGE when the run left no model of pictures in the cache */
export async function servedModel(run: RunRecord, store: CacheStore, events: readonly RunEvent[]): Promise<ServedModel> {
  for (const { path, key } of run.stages.toReversed()) {
    const entry = key === undefined ? undefined : await readEntry(store, key, ['model']);
    if (entry === undefined || entry === BY_ADAPTER || !entry.stored.includes('model')) continue;
    const weights = events.find((event) => event.type === 'picture' && event.of === 'weights' && event.stage === path);
    // In the page people draw with ink alone.
    if (weights?.type !== 'picture' || weights.picture.kind !== 'signed') break;
    const { width, height, full } = weights.picture;
    return {
      ...fieldsOf((await readValue(store, entry, entry.digests['model']!)) as LogisticModel | OneVsRestModel<LogisticModel>, positiveOf(run)),
      picture: { width, height, ...(full === undefined ? {} : { full }) },
    };
  }
  throw new PipelineError('E_USAGE', `Run ${run.id} left no model of pictures in the cache.`, {
    hint: 'Run a pipeline that fits a linear model on pictures, such as mnist-2detector.',
  });
}

function fieldsOf(model: LogisticModel | OneVsRestModel<LogisticModel>, positive: number | undefined): Omit<ServedModel, 'picture'> {
  const many = 'models' in model;
  const models = many ? model.models : [model];
  // Of two classes there is one model, which is asked as a two-class model is.
  const oneVsRest = models.length > 1;
  const { binarized, scaling } = models[0]!;
  return {
    coef: models.flatMap(({ coef }) => coef.map((row) => [...row])),
    intercept: models.flatMap(({ intercept }) => intercept),
    classes: model.classes,
    oneVsRest,
    binarized,
    scaling: scaling && { shift: [...scaling.shift], factor: [...scaling.factor] },
    names: binarized && !oneVsRest && positive !== undefined ? [`not ${positive}`, String(positive)] : model.classes.map(String),
  };
}

/** The class that a `binarize` of the run told from the others. */
function positiveOf({ stages }: RunRecord): number | undefined {
  const positive = stages.findLast(({ params }) => 'positive' in params)?.params['positive'];
  return typeof positive === 'number' ? positive : undefined;
}
