// Dawn asks a pending map for its result in a setImmediate loop that keeps one core busy. On a software adapter that
// core is half of the "GPU": asking once a millisecond made kernels of 4 ms and more 1.5 to 2 times faster on 2 cores.
// On a real GPU it would only add latency, so nothing is touched there. Dawn reads globalThis.setImmediate on each
// round; it is replaced only between the first pending map and the last one, and only Dawn's own callbacks are delayed.
import type { AdapterSummary } from '../../../core/events.ts';

/** Waits for Dawn's promises: `mapAsync`, `onSubmittedWorkDone`, `createComputePipelineAsync`. */
export type WaitFor = <T>(pending: Promise<T>) => Promise<T>;

type Immediate = (...args: readonly unknown[]) => unknown;
const globals = globalThis as unknown as { setImmediate: Immediate };

/** Work done within this is small: a sleep of a millisecond would cost more than it frees. */
const SMALL_MS = 2;
/** How long a wait polls hot when the one before was for large work. */
const GRACE_MS = 0.2;

let waiting = 0;
/** When the newest wait began. */
let since = 0;
let grace = GRACE_MS;
let original: Immediate | undefined;
let replacement: Immediate | undefined;

/** How to wait on this adapter: calmly on a software one, as Dawn does on a GPU. Waits may overlap. */
export function throttlePolling(summary: AdapterSummary): WaitFor {
  return summary.software ? waitCalmly : (pending) => pending;
}

async function waitCalmly<T>(pending: Promise<T>): Promise<T> {
  since = performance.now();
  if (waiting++ === 0) replace();
  try {
    return await pending;
  } finally {
    // A solver's waits resemble each other, so the last one tells how patient to be.
    grace = performance.now() - since < SMALL_MS ? SMALL_MS : GRACE_MS;
    if (--waiting === 0) restore();
  }
}

function replace(): void {
  const before = globals.setImmediate;
  const calm: Immediate = (callback, ...args) =>
    waiting > 0 && performance.now() - since > grace && args.length === 0 && isDawnPoll(callback) ? setTimeout(callback, 1) : before(callback, ...args);
  // util.promisify(setImmediate) reads a symbol of the function.
  Object.defineProperties(calm, Object.getOwnPropertyDescriptors(before));
  original = before;
  replacement = calm;
  globals.setImmediate = calm;
}

function restore(): void {
  // Someone else, for example fake timers in a test, may have replaced it since: then it is theirs to restore.
  if (original && globals.setImmediate === replacement) globals.setImmediate = original;
}

/** A nameless native function with a prototype: what Node-API makes; bound functions and arrows have no prototype. */
function isDawnPoll(callback: unknown): callback is () => void {
  return (
    typeof callback === 'function' &&
    callback.name === '' &&
    Object.hasOwn(callback, 'prototype') &&
    Function.prototype.toString.call(callback).includes('[native code]')
  );
}
