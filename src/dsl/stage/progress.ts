// Tells a run how far the work of a stage has come. Work says so as often as it likes; what becomes an event is seldom and goes forward.
import { shareOf } from '../../core/progress.ts';
import type { Emit } from '../../core/events.ts';
import { throwIfCancelled, type Progress, type StageContext } from './context.ts';

const EVERY_MS = 100;

/**
 * At most ten events a second, and the end of what was told of; of one work none that is behind an earlier one.
 *
 * @param clock ms
 */
export function progressTo(emit: Emit, stage: string, clock = (): number => performance.now()): Progress {
  let last = -Infinity;
  /** Of what is not over. */
  let at: { readonly unit: string; readonly share: number } | undefined;
  return (done, total, unit, within = []) => {
    // A single piece that nothing is told of is over before anybody can read it.
    if (total !== null && total < 2 && within.length === 0) return;
    const ends = total !== null && done >= total;
    const begun = at?.unit === unit;
    const now = clock();
    // The end is told of what was told of.
    if (now - last < EVERY_MS && !(ends && begun)) return;
    const share = ends ? Infinity : total === null ? done : shareOf([{ done, total }, ...within]);
    if (begun && share < at!.share) return;
    last = now;
    at = ends ? undefined : { unit, share };
    emit({ type: 'progress', stage, task: 'work', done, total, unit, ...(within.length > 0 && !ends ? { within } : {}) });
  };
}

/** A context for the next of several pieces: what that tells of itself is told within the piece. */
export function within<C extends Pick<StageContext, 'progress'>>(context: C, done: number, total: number, unit: string): C {
  const { progress } = context;
  if (!progress || total < 2) return context;
  return {
    ...context,
    progress: (own, all, what, inner = []) => progress(done, total, unit, all === 1 ? inner : [{ done: own, total: all, unit: what }, ...inner]),
  };
}

/** Does one piece of work after the other. @param unit what they are, in the plural */
export async function eachInTurn<C extends Pick<StageContext, 'progress' | 'signal'>, T, R>(
  items: readonly T[],
  unit: string,
  context: C,
  work: (item: T, context: C, i: number) => Promise<R> | R,
): Promise<R[]> {
  const results: R[] = [];
  for (const [i, item] of items.entries()) {
    throwIfCancelled(context.signal);
    results.push(await work(item, within(context, i, items.length, unit), i));
    if (items.length > 1) context.progress?.(i + 1, items.length, unit);
  }
  return results;
}
