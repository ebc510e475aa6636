// What layer_step.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { SOLVERS } from './layerStep.ts';

type Params = 'rows' | 'firstRow' | 'inQuads' | 'outQuads' | 'solver' | 'squaresAt' | 'alpha' | 'weightSum' | 'rate' | 'first' | 'second' | 'epsilon';
type LayerStep = HostLaunch<Params, 'inputs' | 'deltas' | 'weights' | 'moments' | 'squares', 'ACROSS' | 'WORKGROUP'>;

export function layerStepOnHost({ params, buffers, sizes, grid }: LayerStep): void {
  const { rows, firstRow, inQuads, outQuads, solver, squaresAt, alpha, weightSum, rate, first, second, epsilon } = params;
  const [inputs, deltas] = [new Float32Array(buffers.inputs), new Float32Array(buffers.deltas)];
  const [weights, moments, squares] = [new Float32Array(buffers.weights), new Float32Array(buffers.moments), new Float32Array(buffers.squares)];
  const [cols, units] = [inQuads * 4, outQuads * 4];
  const behind = (cols + 1) * units;
  const step = (at: number, sum: number, penalty: number): void => {
    const before = weights[at]!;
    const gradient = (sum + penalty * before) / weightSum;
    if (solver === SOLVERS.adam) {
      const m = first * moments[at]! + (1 - first) * gradient;
      const v = second * moments[behind + at]! + (1 - second) * gradient * gradient;
      moments[at] = m;
      moments[behind + at] = v;
      weights[at] = before - (rate * m) / (Math.sqrt(v) + epsilon);
      return;
    }
    const velocity = first * moments[at]! - rate * gradient;
    moments[at] = velocity;
    weights[at] = before + (solver === SOLVERS.nesterov ? first * velocity - rate * gradient : velocity);
  };
  const [across, down] = [grid[0], grid[1] ?? 1];
  for (let group = 0; group < across * down; group++) {
    let square = 0;
    const firstUnit = (group % across) * sizes.ACROSS * 4;
    const firstInput = Math.floor(group / across) * sizes.WORKGROUP * 4;
    for (let j = firstInput; j < Math.min(firstInput + sizes.WORKGROUP * 4, cols + 1); j++) {
      for (let unit = firstUnit; unit < Math.min(firstUnit + sizes.ACROSS * 4, units); unit++) {
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += (j === cols ? 1 : inputs[(firstRow + row) * cols + j]!) * deltas[row * units + unit]!;
        if (j < cols) square += weights[j * units + unit]! ** 2;
        step(j * units + unit, sum, j === cols ? 0 : alpha);
      }
    }
    squares[squaresAt + group] = square;
  }
}
