// What weight_step.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { SOLVERS } from './weightStep.ts';

type Params = 'quads' | 'constants' | 'parts' | 'solver' | 'squaresAt' | 'alpha' | 'weightSum' | 'rate' | 'first' | 'second' | 'epsilon';
type WeightStep = HostLaunch<Params, 'parts' | 'weights' | 'moments' | 'squares', 'EACH' | 'WORKGROUP'>;

/** What moved.wgsl does. @param moments of all weights, in two lists */
export function movedOnHost(
  solver: number,
  { rate, first, second, epsilon }: Readonly<Record<'rate' | 'first' | 'second' | 'epsilon', number>>,
  moments: Float32Array,
  at: number,
  before: number,
  gradient: number,
): number {
  if (solver === SOLVERS.adam) {
    const size = moments.length / 2;
    const m = first * moments[at]! + (1 - first) * gradient;
    const v = second * moments[size + at]! + (1 - second) * gradient * gradient;
    moments[at] = m;
    moments[size + at] = v;
    return before - (rate * m) / (Math.sqrt(v) + epsilon);
  }
  const velocity = first * moments[at]! - rate * gradient;
  moments[at] = velocity;
  return before + (solver === SOLVERS.nesterov ? first * velocity - rate * gradient : velocity);
}

export function weightStepOnHost({ params, buffers, sizes, grid }: WeightStep): void {
  const { quads, constants, parts: count, squaresAt, alpha, weightSum } = params;
  const [parts, weights] = [new Float32Array(buffers.parts), new Float32Array(buffers.weights)];
  const [moments, squares] = [new Float32Array(buffers.moments), new Float32Array(buffers.squares)];
  const size = quads * 4;
  const step = (at: number, penalty: number): void => {
    let sum = penalty * weights[at]!;
    for (let part = 0; part < count; part++) sum += parts[part * size + at]!;
    weights[at] = movedOnHost(params.solver, params, moments, at, weights[at]!, sum / weightSum);
  };
  for (let group = 0; group < grid[0]; group++) {
    let square = 0;
    const each = sizes.EACH * sizes.WORKGROUP * 4;
    for (let at = group * each; at < Math.min((group + 1) * each, size); at++) {
      const isWeight = at < constants * 4;
      if (isWeight) square += weights[at]! ** 2;
      step(at, isWeight ? alpha : 0);
    }
    squares[squaresAt + group] = square;
  }
}
