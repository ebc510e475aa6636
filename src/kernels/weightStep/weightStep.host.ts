// What weight_step.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { SOLVERS } from './weightStep.ts';

type Params = 'quads' | 'constants' | 'parts' | 'solver' | 'squaresAt' | 'alpha' | 'weightSum' | 'rate' | 'first' | 'second' | 'epsilon';
type WeightStep = HostLaunch<Params, 'parts' | 'weights' | 'moments' | 'squares', 'EACH' | 'WORKGROUP'>;

export function weightStepOnHost({ params, buffers, sizes, grid }: WeightStep): void {
  const { quads, constants, parts: count, solver, squaresAt, alpha, weightSum, rate, first, second, epsilon } = params;
  const [parts, weights] = [new Float32Array(buffers.parts), new Float32Array(buffers.weights)];
  const [moments, squares] = [new Float32Array(buffers.moments), new Float32Array(buffers.squares)];
  const size = quads * 4;
  const step = (at: number, penalty: number): void => {
    const before = weights[at]!;
    let sum = penalty * before;
    for (let part = 0; part < count; part++) sum += parts[part * size + at]!;
    const gradient = sum / weightSum;
    if (solver === SOLVERS.adam) {
      const m = first * moments[at]! + (1 - first) * gradient;
      const v = second * moments[size + at]! + (1 - second) * gradient * gradient;
      moments[at] = m;
      moments[size + at] = v;
      weights[at] = before - (rate * m) / (Math.sqrt(v) + epsilon);
      return;
    }
    const velocity = first * moments[at]! - rate * gradient;
    moments[at] = velocity;
    weights[at] = before + (solver === SOLVERS.nesterov ? first * velocity - rate * gradient : velocity);
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
