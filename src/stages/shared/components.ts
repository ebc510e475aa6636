// How much of the variance the components of a chain's transformers explain.
import type { Predictor } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';

/** The first say most. */
const MOST_COMPONENTS = 50;

/** Of each transformer of a chain that tells it. */
export function sendComponents(model: Predictor, { emit, stage }: StageContext): void {
  const { transformers = [] } = model as { readonly transformers?: readonly { readonly fields?: Readonly<Record<string, unknown>> }[] };
  for (const { fields } of transformers) {
    const shares = fields?.['explainedVarianceRatio'];
    if (!(shares instanceof Float64Array) || shares.length < 2) continue;
    emit({ type: 'components', stage, components: shares.length, shares: [...shares.subarray(0, MOST_COMPONENTS)] });
  }
}
