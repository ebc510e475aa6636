import { expect, test } from 'vitest';
import fixture from '../fixtures/lbfgsb.json' with { type: 'json' };
import { lbfgsb } from '../../src/estimators/solver/lbfgsb.ts';
import { minimise, type Objective } from '../support/minimise.ts';

const objectives: Record<string, Objective> = {
  rosenbrock: (x) => {
    const gradient = new Float64Array(x.length);
    let value = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const a = x[i + 1]! - x[i]! ** 2;
      value += 100 * a ** 2 + (1 - x[i]!) ** 2;
      gradient[i]! += -400 * x[i]! * a - 2 * (1 - x[i]!);
      gradient[i + 1]! += 200 * a;
    }
    return { value, gradient };
  },
  quadratic: (x) => ({ value: x.reduce((sum, v, i) => sum + 0.5 * (i + 1) ** 2 * v * v, 0), gradient: x.map((v, i) => (i + 1) ** 2 * v) }),
  quartic: (x) => {
    let pairs = 0;
    for (let i = 0; i + 1 < x.length; i++) pairs += x[i]! * x[i + 1]!;
    const value = x.reduce((sum, v) => sum + (v - 1) ** 4, 0) + pairs ** 2;
    return { value, gradient: x.map((v, i) => 4 * (v - 1) ** 3 + 2 * pairs * ((x[i - 1] ?? 0) + (x[i + 1] ?? 0))) };
  },
};

test.each(fixture.cases)("SciPy's path on $objective from $start.length variables", ({ objective, start, gtol, maxiter, nit, nfev, fun, status, path }) => {
  const values: number[] = [];
  const { result, evaluations } = minimise(
    objectives[objective]!,
    start.length,
    lbfgsb(Float64Array.from(start), { gradientTolerance: gtol, maxIter: maxiter, onIteration: (iteration, value) => iteration > 0 && values.push(value) }),
  );
  expect(result.iterations).toBe(nit);
  expect(evaluations).toBe(nfev);
  expect(result.status).toBe(status === 1 ? 'max-iter' : result.largestGradient <= gtol ? 'converged' : 'flat');
  expect(Math.abs(result.value - fun)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(fun)));
  // The first iterations agree to rounding; later ones amplify it, as a second run of SciPy in another order would.
  values.slice(0, 5).forEach((value, i) => expect(Math.abs(value - path[i]!) / path[i]!).toBeLessThan(1e-9));
});

test('stops before the first iteration where the start is already flat', () => {
  const { result } = minimise(objectives['quadratic']!, 3, lbfgsb(new Float64Array(3), { gradientTolerance: 1e-6, maxIter: 10 }));
  expect(result).toMatchObject({ iterations: 0, status: 'converged', value: 0 });
});

test('zero iterations are allowed and leave the start as it is', () => {
  const { result } = minimise(objectives['quadratic']!, 2, lbfgsb(Float64Array.of(1, 1), { gradientTolerance: 1e-6, maxIter: 0 }));
  expect(result).toMatchObject({ iterations: 0, status: 'max-iter', x: Float64Array.of(1, 1) });
});

test('a function that only rises along its "descent" stalls instead of looping', () => {
  const wrongSign: Objective = (x) => ({ value: x[0]!, gradient: Float64Array.of(-1) });
  const { result, evaluations } = minimise(wrongSign, 1, lbfgsb(Float64Array.of(0), { gradientTolerance: 1e-6, maxIter: 10 }));
  expect(result).toMatchObject({ status: 'stalled', iterations: 0 });
  expect(evaluations).toBeLessThanOrEqual(52);
});
