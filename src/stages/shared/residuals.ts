// How far a regressor is off, and how values are spread, small enough for the record of a run.
import type { RunEvent } from '../../core/events.ts';
import type { ValuesEvaluation } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';

const BINS = 24;
/** More points cover each other. */
const MOST_POINTS = 300;

type Residuals = Extract<RunEvent, { type: 'residuals' }>;

/** What is true less what was predicted, of one output. */
export function sendResidualsSpread({ outputs, truth, predicted }: ValuesEvaluation, { emit, stage }: StageContext): void {
  if (outputs !== 1) return;
  const residuals = truth.map((value, row) => value - predicted[row]!);
  const edges = edgesOf(residuals);
  if (!edges || !predicted.every(Number.isFinite)) return;
  // Evenly among the rows, which may be sorted by anything.
  const step = Math.ceil(truth.length / MOST_POINTS);
  const points = Array.from(residuals, (residual, row): Residuals['points'][number] => [predicted[row]!, residual]).filter((_, row) => row % step === 0);
  emit({ type: 'residuals', stage, rows: truth.length, points, spread: { edges, counts: countsIn(edges, residuals) } });
}

/** Ends of equal ranges from the least to the largest; undefined where that is one value, or one that is none. */
export function edgesOf(values: Float64Array): readonly number[] | undefined {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const width = (values.reduce((a, b) => Math.max(a, b), -Infinity) - low) / BINS;
  return width > 0 && Number.isFinite(width) ? Array.from({ length: BINS + 1 }, (_, i) => low + i * width) : undefined;
}

export function countsIn(edges: readonly number[], values: Float64Array): readonly number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  const width = (edges.at(-1)! - edges[0]!) / counts.length;
  for (const value of values) counts[Math.min(counts.length - 1, Math.floor((value - edges[0]!) / width))]!++;
  return counts;
}
