// Which features trees count on, by name; of pictures, which pixels.
import { importancesEvent } from '../../core/importances.ts';
import type { Rows } from '../../core/data/dataset.ts';
import type { Predictor } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';

interface Fields {
  readonly featureImportances?: Float64Array;
  readonly models?: readonly { readonly fields?: Fields }[];
  readonly estimatorWeights?: ArrayLike<number>;
}

/** Of trees, of what boosts them, and of a chain that ends with such. */
export function sendImportances(model: Predictor, train: Rows, { emit, stage }: StageContext): void {
  // Behind transformers, features are what they make.
  const last = lastOf(model);
  const importances = importancesOf((last as { readonly fields?: Fields }).fields);
  if (!importances) return;
  if (last !== model || !train.picture) {
    emit(importancesEvent(stage, importances, { columns: last.columns }));
    return;
  }
  const { width, height, colors } = train.picture;
  const largest = importances.reduce((most, one) => Math.max(most, one), 0) || 1;
  const pixels = Uint8Array.from(importances, (one) => Math.round((255 * one) / largest));
  const caption = `importance of each pixel, largest ${largest.toPrecision(2)}`;
  emit({ type: 'picture', stage, of: 'figure', picture: { kind: colors === 'rgb' ? 'rgb' : 'ink', width, height, pixels, caption } });
}

function lastOf(model: Predictor): Predictor {
  return model.model ? lastOf(model.model) : model;
}

/** Models that are boosted count by their weights, as in scikit-learn. */
function importancesOf(fields: Fields | undefined): Float64Array | undefined {
  if (fields?.featureImportances) return fields.featureImportances;
  const { models, estimatorWeights: weights } = fields ?? {};
  if (!models || !weights) return undefined;
  const all = models.flatMap((model) => model.fields?.featureImportances ?? []);
  if (all.length < models.length || all.length === 0) return undefined;
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  return all[0]!.map((_, j) => all.reduce((sum, own, i) => sum + weights[i]! * own[j]!, 0) / total);
}
