// Quantiles as numpy computes them, to the last digit: whether a value is above an edge between bins may hang on it.

/** `linear`: between the two nearest values; `averagedInvertedCdf`: a value that is there, or the mean of two neighbours. */
export type PercentileMethod = 'linear' | 'averagedInvertedCdf';

/** `numpy.percentile`. @param sorted ascending, at least one value @param percent from 0 to 100 */
export function percentile(sorted: Float64Array, percent: number, method: PercentileMethod = 'linear'): number {
  const last = sorted.length - 1;
  const share = percent / 100;
  const at = method === 'linear' ? last * share : sorted.length * share - 1;
  if (at < 0) return sorted[0]!;
  const below = Math.min(Math.floor(at), last);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, last)]!];
  const part = at - below;
  const weight = method === 'linear' ? part : part === 0 ? 0.5 : 1;
  return weight >= 0.5 ? b - (b - a) * (1 - weight) : a + (b - a) * weight;
}

/** `numpy.linspace`: numbers at equal distances, both ends among them. @param count at least 2 */
export function linspace(from: number, to: number, count: number): Float64Array {
  const step = (to - from) / (count - 1);
  return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? to : i * step + from));
}
