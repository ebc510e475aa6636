// Drives the solver coroutine on the host with a plain float64 objective: the oracle for what the device does.
import type { Answer, Ask, LbfgsbResult } from '../../src/estimators/solver/lbfgsb.ts';

export type Objective = (x: Float64Array) => { readonly value: number; readonly gradient: Float64Array };

export interface Minimised {
  readonly result: LbfgsbResult;
  /** Points at which the objective was asked for. */
  readonly evaluations: number;
}

export function minimise(objective: Objective, variables: number, solver: Generator<Ask, LbfgsbResult, Answer>): Minimised {
  let evaluations = 0;
  let origin = new Float64Array(variables);
  let direction = new Float64Array(variables);
  let gradient = new Float64Array(variables);
  let answer: Answer;
  for (;;) {
    const { done, value: ask } = solver.next(answer);
    if (done) return { result: ask, evaluations };
    if (ask.kind === 'direction') {
      origin = Float64Array.from(ask.origin);
      direction = Float64Array.from(ask.direction);
      answer = undefined;
    } else if (ask.kind === 'trial') {
      const at = objective(origin.map((v, i) => v + ask.step * direction[i]!));
      evaluations++;
      gradient = Float64Array.from(at.gradient);
      answer = { value: at.value, slope: gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0) };
    } else answer = gradient;
  }
}
