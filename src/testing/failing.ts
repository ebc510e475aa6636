// How checks fail, and what two answers may differ by.
import type { Compute } from '../core/compute.ts';
import { isPipelineError, PipelineError, reasonOf } from '../core/errors/errors.ts';
import { contextOf, type StageContext } from '../dsl/stage/context.ts';

/** What a check found. */
export function failed(name: string, message: string, hint: string, cause?: unknown): PipelineError {
  return new PipelineError('E_USAGE', `${name}: ${message}`, { hint, cause });
}

/** Runs `work`; what it throws is told with what was being done. */
export async function doing<T>(name: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const hint = (isPipelineError(cause) ? cause.hint : undefined) ?? 'See the cause of this error.';
    throw failed(name, `${what} failed: ${reasonOf(cause)}`, hint, cause);
  }
}

/** @throws unless `work` refuses by a PipelineError */
export async function refusing(name: string, what: string, hint: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (isPipelineError(cause)) return;
    throw failed(name, `${what} failed with an error that is not a PipelineError: ${reasonOf(cause)}`, hint, cause);
  }
  throw failed(name, `${what} must be refused, but passed.`, hint);
}

/** The largest difference, as a share of the largest number where that is above 1; Infinity for other lengths or no number. */
export function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let [most, size] = [0, 1];
  for (let i = 0; i < a.length; i++) {
    const difference = Object.is(a[i], b[i]) ? 0 : Math.abs(a[i]! - b[i]!);
    most = Math.max(most, Number.isNaN(difference) ? Infinity : difference);
    if (Number.isFinite(a[i])) size = Math.max(size, Math.abs(a[i]!));
  }
  return most / size;
}

export interface CheckOptions {
  /** The device to compute on; by default the one that a run would choose. */
  readonly compute?: Compute | undefined;
}

/** A stage's context outside any run. */
export function checkContext({ compute }: CheckOptions): StageContext {
  const { seed: _, ...run } = contextOf(undefined);
  return { ...run, ...(compute ? { compute: async () => compute } : {}), stage: 'check', seed: () => 1 };
}
