// What layer_step.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { SOLVERS } from './layerStep.ts';

type Params = 'rows' | 'firstRow' | 'inQuads' | 'outQuads' | 'solver' | 'squaresAt' | 'alpha' | 'weightSum' | 'rate' | 'first' | 'second' | 'epsilon';
type LayerStep = HostLaunch<Params, 'inputs' | 'deltas' | 'weights' | 'moments' | 'squares', 'WORKGROUP'>;

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
  for (let group = 0; group < grid[0]; group++) {
    let square = 0;
    for (let lane = 0; lane < sizes.WORKGROUP; lane++) {
      const id = group * sizes.WORKGROUP + lane;
      const [out, quad] = [id % outQuads, Math.floor(id / outQuads)];
      for (let i = 0; i < (quad < inQuads ? 4 : Number(quad === inQuads)); i++) {
        const j = quad * 4 + i;
        for (let unit = out * 4; unit < out * 4 + 4; unit++) {
          let sum = 0;
          for (let row = 0; row < rows; row++) sum += (j === cols ? 1 : inputs[(firstRow + row) * cols + j]!) * deltas[row * units + unit]!;
          if (j < cols) square += weights[j * units + unit]! ** 2;
          step(j * units + unit, sum, j === cols ? 0 : alpha);
        }
      }
    }
    squares[squaresAt + group] = square;
  }
}
