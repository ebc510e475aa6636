// The solver under an L1 penalty on logistic losses of its own: whatever it starts from, it asks for finite steps, keeps curvature that
// a checkpoint takes, and ends at the same minimum.
import { expect, test } from 'vitest';
import { RandomState } from '../../src/core/data/random.ts';
import { proximal } from '../../src/estimators/solver/proximal.ts';
import { dot } from '../../src/estimators/solver/vectors.ts';
import { minimise, type Objective } from '../support/minimise.ts';

/** The mean loss of rows that end with a 1; labels follow their first entry. */
function logistic(rows: readonly Float64Array[], labels: readonly number[]): Objective {
  return (weights) => {
    const gradient = new Float64Array(weights.length);
    let value = 0;
    for (const [i, row] of rows.entries()) {
      const margin = dot(row, weights);
      value += (Math.max(margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))) - labels[i]! * margin) / rows.length;
      const residual = 1 / (1 + Math.exp(-margin)) - labels[i]!;
      row.forEach((entry, j) => (gradient[j]! += (residual * entry) / rows.length));
    }
    return { value, gradient };
  };
}

/** Asks on, after a look at what is asked. */
function* checked(solver: ReturnType<typeof proximal>): ReturnType<typeof proximal> {
  let { done, value } = solver.next(undefined);
  while (!done) {
    const ask = value as Exclude<typeof value, { status: unknown }>;
    if (ask.kind === 'direction') {
      expect(ask.direction.every(Number.isFinite)).toBe(true);
      for (const { sy } of ask.state?.memory ?? []) expect(sy).toBeGreaterThan(0);
    } else if (ask.kind === 'trial') expect(ask.step).toSatisfy(Number.isFinite);
    ({ done, value } = solver.next(yield ask));
  }
  return value as Extract<typeof value, { status: unknown }>;
}

test('from starts near and far, right and wrong, rows of classes apart or mixed, every search ends at the one minimum', () => {
  const state = new RandomState(11);
  const random = (): number => state.uint32() / 2 ** 32;
  for (let round = 0; round < 24; round++) {
    const cols = 1 + (round % 4);
    const l1 = Float64Array.from({ length: cols + 1 }, (_, j) => (j < cols ? 10 ** (-1 - 3 * random()) : 0));
    const rows = Array.from({ length: 30 }, () => Float64Array.from({ length: cols + 1 }, (_, j) => (j < cols ? 3.4 * random() - 1.7 : 1)));
    const mixed = round % 3 ? 0.8 : 0;
    const labels = rows.map((row) => Number(row[0]! + mixed * (2 * random() - 1) > 0));
    const objective = logistic(rows, labels);
    const from = (start: Float64Array): number => {
      const solver = checked(proximal(start, { l1, gradientTolerance: 1e-5, maxIter: 300 }));
      const { result } = minimise(objective, cols + 1, solver);
      expect(['converged', 'flat']).toContain(result.status);
      return result.value;
    };
    const least = from(new Float64Array(cols + 1));
    for (const far of [1, 60, -60, 2000]) {
      const start = Float64Array.from({ length: cols + 1 }, (_, j) => far * (j === 0 ? -1 : random() - 0.5));
      expect(Math.abs(from(start) - least)).toBeLessThan(2e-3 * Math.max(least, 0.05));
    }
  }
});

test('a direction along which the value does not fall is never asked for', () => {
  const beyond: Objective = () => ({ value: 1, gradient: Float64Array.of(NaN, NaN) });
  const asked = checked(proximal(new Float64Array(2), { l1: Float64Array.of(0.1, 0), gradientTolerance: 1e-5, maxIter: 5 }));
  expect(minimise(beyond, 2, asked).result).toMatchObject({ status: 'stalled', iterations: 0 });
});
