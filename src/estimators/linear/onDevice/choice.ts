// Whether the solver of a batch stays on the device: where the device is told so, and f32 holds what it works with.
import type { Compute } from '../../../core/compute.ts';
import type { LinearProblems } from '../fit/fitBatch.ts';
import { DenseProducts } from '../denseProducts.ts';
import type { LinearBatch } from '../linearBatch.ts';
import { searchBytes } from './deviceSearch.ts';

/** A number of which products with f32 weights and gradients are still far from the largest and least of f32. */
const MOST = 1e25;

export function isOnDevice(compute: Compute, batch: LinearBatch, problems: LinearProblems): boolean {
  if (compute.solver !== 'device' || !(batch.parts.products instanceof DenseProducts) || searchBytes(problems) > compute.limits.maxBindingBytes) return false;
  return problems.problems.every(({ penalty, weightSum }) => penalty <= MOST && weightSum <= MOST && weightSum >= 1 / MOST);
}
