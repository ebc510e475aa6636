// What rows weigh, in whole numbers: sums of those are the same in any order, and on every adapter.
import { weightsOf } from '../../core/data/dataset.ts';
import type { Compute } from '../../core/compute.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { TrainingRows } from '../define/define.ts';
import { checkWeightSum, weightsByCode, type ClassWeight } from '../linear/classWeights.ts';

/** Weights that are no whole numbers add up to about this. */
const FINE = { gini: 2 ** 30, entropy: 2 ** 23 } as const;
/** Sums of weights stay below. */
const MOST_UNITS = 2 ** 31;

/** Weight of each row, its class weight included, `[rows]`. As in scikit-learn, 'balanced' counts rows, whatever they weigh. */
export function rowWeights(rows: TrainingRows<'classifier'>, classWeight: ClassWeight): Float64Array {
  const byCode = weightsByCode(classWeight, rows, { folds: undefined, heldOut: undefined });
  const own = weightsOf(rows);
  return Float64Array.from(rows.codes, (code, row) => (own?.[row] ?? 1) * byCode[code]!);
}

/**
 * @param repeats how often each tree draws each row, `[tree][rows]`
 * @returns `[rows]`: whole weights as they are, others times a power of two, rounded
 * @throws E_PARAMS where nothing weighs anything
 */
export function unitsOf(
  compute: Compute,
  { name, dataset, criterion }: { readonly name: string; readonly dataset: string; readonly criterion: 'gini' | 'entropy' },
  weights: Float64Array,
  repeats: readonly (ArrayLike<number> | undefined)[],
): Uint32Array {
  const wrong = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong >= 0) {
    throw new PipelineError('E_DATA', `${name}: row ${wrong} of ${dataset} weighs ${weights[wrong]}.`, { hint: 'Give each row a weight of 0 or more.' });
  }
  const total = Math.max(...repeats.map((own) => weights.reduce((sum, weight, row) => sum + weight * (own?.[row] ?? 1), 0)));
  checkWeightSum(dataset, total);
  const whole = weights.every(Number.isInteger);
  const most = criterion === 'entropy' ? Math.min(MOST_UNITS, compute.limits.maxBindingBytes / 8 - 1) : MOST_UNITS;
  if (whole && total < most) return Uint32Array.from(weights);
  const scale = 2 ** Math.floor(Math.log2(Math.min(most, FINE[criterion]) / total));
  return Uint32Array.from(weights, (weight) => Math.round(weight * scale));
}
