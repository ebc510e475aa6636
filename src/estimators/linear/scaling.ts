// Features scaled as (x - shift) * factor without touching x: the scaling moves into the weights on their way to the
// device, and into the gradient on its way back.
import type { Scaling } from '../../core/dataset.ts';

/** Weights and intercept over scaled features, as weights and intercept over x. `[cols + 1]` in and out. */
export function toRaw(weights: Float64Array, scaling: Scaling | undefined): Float64Array {
  const cols = weights.length - 1;
  const raw = Float64Array.from(weights);
  if (!scaling) return raw;
  for (let j = 0; j < cols; j++) {
    raw[j]! *= scaling.factor[j]!;
    raw[cols]! -= scaling.shift[j]! * raw[j]!;
  }
  return raw;
}

/** Gradient by weights over x, as gradient by weights over scaled features. `[cols + 1]` in and out. */
export function fromRaw(gradient: Float64Array, scaling: Scaling | undefined): Float64Array {
  if (!scaling) return gradient;
  const cols = gradient.length - 1;
  return gradient.map((g, j) => (j === cols ? g : scaling.factor[j]! * (g - scaling.shift[j]! * gradient[cols]!)));
}
