// Where linear models are trained: in f32, by the solver on the host or the one on the device, or in about float64. That goes by each
// model alone: what is trained beside it changes nothing.
import type { Compute } from '../../../core/compute.ts';
import { affineOf } from '../../rows/frame.ts';
import type { BatchRows } from '../batch.ts';
import { mostModels } from '../batchSizes.ts';
import { searchBytes } from '../onDevice/deviceSearch.ts';
import { isCheap } from '../precise/preciseProducts.ts';
import type { LinearProblem, LinearProblems } from './fitBatch.ts';

export type Place = 'float64' | 'device' | 'host';

/** Models that are trained in one go. */
export interface PlacedModels {
  readonly place: Place;
  /** Their places among all. */
  readonly members: readonly number[];
}

/** @param sharded whether rows are elsewhere, where no solver is */
export function placed(compute: Compute, rows: BatchRows, given: LinearProblems, sharded = false): readonly PlacedModels[] {
  const { problems, shape } = given;
  const beyondF32 = isBeyondF32(rows, given);
  const onDevice = isOnDevice(compute, rows, given, sharded);
  const members: Record<Place, number[]> = { float64: [], device: [], host: [] };
  problems.forEach((problem, i) => members[beyondF32(problem) ? 'float64' : onDevice(problem) ? 'device' : 'host'].push(i));
  // A shard is a part of the rows, on a device that is not known here.
  const most = sharded ? problems.length : mostModels(rows.data, shape.columns, compute.limits);
  const searched = Math.max(1, Math.floor(compute.limits.maxBindingBytes / searchBytes(shape)));
  return (Object.keys(members) as Place[]).flatMap((place): readonly PlacedModels[] => {
    const each = place === 'device' ? Math.min(most, searched) : most;
    return Array.from({ length: Math.ceil(members[place].length / each) }, (_, i) => ({ place, members: members[place].slice(i * each, (i + 1) * each) }));
  });
}

/** A number of which products with f32 weights and gradients are still far from the largest and least of f32. */
const MOST = 1e25;

/** Whether the solver of a model stays on the device: where the device is told so, and f32 holds what it works with. */
function isOnDevice(compute: Compute, { data }: BatchRows, { loss, shape }: LinearProblems, sharded: boolean): (problem: LinearProblem) => boolean {
  if (compute.solver !== 'device' || sharded || loss.standardised || 'further' in data || searchBytes(shape) > compute.limits.maxBindingBytes)
    return () => false;
  return ({ penalty, l1 = 0, weightSum }) => l1 === 0 && penalty <= MOST && weightSum <= MOST && weightSum >= 1 / MOST;
}

/** What f32 makes of residuals and of their products with x, relative to a typical one. */
const F32_ROUNDING = 2 ** -23;
/** Rounding of the largest gradient entry, over the tolerance, from which on f32 would end far from it. */
const LOST = 100;

/** Values of sparse rows with their zeros: more are not brought to the device for the sake of digits. */
const MOST_FILLED = 2e8;

/** Whether a model is to be trained in float64: little data, for the path that scikit-learn takes, or data that f32 cannot train on. */
function isBeyondF32({ data, truth }: BatchRows, { loss, shape: { columns } }: LinearProblems): (problem: LinearProblem) => boolean {
  const { frame, shape } = data;
  if (isCheap(shape, columns)) return () => true;
  if ('further' in data && shape.rows * shape.cols > MOST_FILLED) return () => false;
  // Residuals are about 1 where rows have classes, and as large as the values are where those are learned.
  const residual = loss.target === 'values' ? Math.sqrt((truth as Float64Array).reduce((sum, value) => sum + value * value, 0) / truth.length) : 1;
  const known = new Map<unknown, number>();
  return ({ target: { scaling }, tol }) => {
    let noise = known.get(scaling);
    if (noise === undefined) {
      const { scale, offset } = affineOf(frame, scaling);
      const size = scale.reduce((most, value, j) => Math.max(most, Math.abs(value * frame.rms[j]!) + Math.abs(offset[j]!)), 0);
      known.set(scaling, (noise = (F32_ROUNDING * size * residual) / Math.sqrt(shape.rows)));
    }
    return noise > LOST * tol;
  };
}
