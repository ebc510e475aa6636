// A model whose methods compute where somebody else says, where a call brings no context of its own.
import type { Compute } from '../../core/compute.ts';
import type { Device } from '../../dsl/estimator.ts';

/** Every method takes its context second, but those that are told first what is needed. */
const THIRD = new Set(['evaluate', 'stagedEvaluate']);

type Method = (...given: unknown[]) => unknown;

/** @param choose is told how many rows are asked of */
export function computedOn<M extends object>(model: M, choose: (rows: number) => Promise<Compute>): M {
  const methods = Object.entries(model).filter((entry): entry is [string, Method] => typeof entry[1] === 'function');
  const placed = methods.map(([name, method]): [string, Method] => {
    const at = THIRD.has(name) ? 2 : 1;
    const ask: Method = (...given) => {
      given[at] ??= { compute: () => choose(rowsIn(given[0])) } satisfies Device;
      return method(...given);
    };
    return [name, ask];
  });
  return { ...model, ...Object.fromEntries(placed) };
}

/** Of a single row its features are given. */
function rowsIn(asked: unknown): number {
  return ArrayBuffer.isView(asked) ? 1 : (asked as { readonly rows: Uint32Array }).rows.length;
}
