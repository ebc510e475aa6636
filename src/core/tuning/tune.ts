// Which way to run a kernel is fastest on this device: as noted for the adapter, its driver and the kernel's texts, else measured
// once. The search goes by one kind of variants after the other, each with the best of the others: every way is another shader
// to compile.
import type { Compute, Kernel } from '../compute.ts';
import type { Json } from '../events.ts';
import { timesOf } from './measure.ts';
import { chosen, others, runsOn, variantsOf, wayOf, type Choices } from './variants.ts';

/** What is launched to measure a kernel: buffers like those that it will be launched on. */
export interface Trial<K extends Kernel = Kernel> {
  /** Launches one way of the kernel, once. */
  launch(kernel: K): Promise<void>;
  release(): void;
}

export interface TuneOptions<K extends Kernel = Kernel> {
  /** @param wide whether somebody waits for a thorough search */
  trial(wide: boolean): Trial<K> | Promise<Trial<K>>;
  /** Ways that may be kept; by default all that the device runs. */
  readonly fits?: ((kernel: K) => boolean) | undefined;
  /** Ways to begin with, of which the first use compares no others. By default it compares all kinds of variants. */
  readonly first?: (() => readonly Choices[] | Promise<readonly Choices[]>) | undefined;
}

/** What a search found. */
export interface Tuned<K extends Kernel = Kernel> {
  /** Every way that was measured, with the milliseconds of a launch. */
  readonly candidates: readonly { readonly kernel: K; readonly ms: number }[];
  readonly kept: K;
}

const known = new WeakMap<Compute, Map<Kernel, Map<string, Promise<Kernel>>>>();
/** The end of the last search on a device: no two measure at once. */
const searches = new WeakMap<Compute, Promise<unknown>>();

/**
 * The fastest variant of a kernel on this device, to be launched in its place.
 *
 * @param like which launches are alike, in words: one answer for each
 * @throws what the launches of the trial throw, where every variant's do
 * @example
 * const fastest = await tune(compute, kernel, '784 columns', { trial });
 */
export function tune<K extends Kernel>(compute: Compute, kernel: K, like: string, options: TuneOptions<NoInfer<K>>): Promise<K> {
  const found = knownOf(compute, kernel);
  let pending = found.get(like) as Promise<K> | undefined;
  if (!pending) {
    pending = choose(compute, kernel, like, options);
    found.set(like, pending);
    pending.catch(() => found.delete(like)); // the next use tries anew
  }
  return pending;
}

/** Searches all kinds of variants, whatever was noted, and notes the fastest. */
export async function tuneAnew<K extends Kernel>(compute: Compute, kernel: K, like: string, options: TuneOptions<NoInfer<K>>): Promise<Tuned<K>> {
  const tuned = await searched(compute, kernel, options, true);
  await note(compute, kernel, like, tuned.kept);
  knownOf(compute, kernel).set(like, Promise.resolve(tuned.kept));
  return tuned;
}

function knownOf(compute: Compute, kernel: Kernel): Map<string, Promise<Kernel>> {
  const ofDevice = known.get(compute) ?? new Map<Kernel, Map<string, Promise<Kernel>>>();
  known.set(compute, ofDevice);
  const found = ofDevice.get(kernel) ?? new Map<string, Promise<Kernel>>();
  ofDevice.set(kernel, found);
  return found;
}

/** A note of another version, or one that somebody edited, is measured anew. */
async function choose<K extends Kernel>(compute: Compute, kernel: K, like: string, options: TuneOptions<K>): Promise<K> {
  const noted = await compute.notes.get(topicOf(kernel, like), textsOf(kernel));
  const kept = variantsOf(kernel).find((one) => wayOf(one) === noted && allowed(compute, options)(one));
  if (kept) return kept;
  const tuned = await searched(compute, kernel, options, options.first === undefined);
  if (tuned.candidates.length > 0) await note(compute, kernel, like, tuned.kept);
  return tuned.kept;
}

async function note(compute: Compute, kernel: Kernel, like: string, kept: Kernel): Promise<void> {
  await compute.notes.set(topicOf(kernel, like), textsOf(kernel), wayOf(kept) satisfies Json);
}

/** One variant of each text: a note is about texts, which are read for it. */
function textsOf(kernel: Kernel): readonly Kernel[] {
  return [...new Map(variantsOf(kernel).map((one) => [one.name, one])).values()];
}

/** Part of a file's name. */
function topicOf({ name }: Kernel, like: string): string {
  return `${name}-${like}`.replaceAll(/[^\w.]+/g, '-');
}

function allowed<K extends Kernel>(compute: Compute, { fits = () => true }: TuneOptions<K>): (kernel: K) => boolean {
  return (one) => runsOn(one, compute) && fits(one);
}

async function searched<K extends Kernel>(compute: Compute, kernel: K, options: TuneOptions<K>, wide: boolean): Promise<Tuned<K>> {
  const first = (await options.first?.()) ?? [{}];
  return measuredAlone(compute, async () => {
    let trial: Trial<K> | undefined;
    try {
      return await fastestOf(kernel, { first, wide, fits: allowed(compute, options) }, async (kernels) => {
        trial ??= await options.trial(wide);
        return timesOf(compute, kernels, (one) => trial!.launch(one));
      });
    } finally {
      trial?.release();
    }
  });
}

/** Measures something once nothing else is measured on the device. What is measured must not search for kernels itself. */
export function measuredAlone<T>(compute: Compute, measure: () => Promise<T>): Promise<T> {
  const own = (searches.get(compute) ?? Promise.resolve()).then(measure);
  searches.set(
    compute,
    own.catch(() => {}),
  );
  return own;
}

interface Space<K> {
  readonly first: readonly Choices[];
  readonly wide: boolean;
  readonly fits: (kernel: K) => boolean;
}

/**
 * The search itself.
 *
 * @param measure milliseconds of each of some kernels; never asked of a single one
 */
export async function fastestOf<K extends Kernel>(
  kernel: K,
  { first, wide, fits }: Space<NoInfer<K>>,
  measure: (kernels: readonly K[]) => Promise<readonly number[]>,
): Promise<Tuned<K>> {
  const measured = new Map<string, { readonly kernel: K; readonly choices: Choices; readonly ms: number }>();
  const compare = async (asked: readonly Choices[], now: Choices): Promise<Choices> => {
    const all = asked.map((choices) => ({ choices, kernel: chosen(kernel, choices) })).filter((way) => fits(way.kernel));
    const ways = [...new Map(all.map((way) => [wayOf(way.kernel), way])).values()];
    const times = ways.length > 1 ? await measure(ways.map((way) => way.kernel)) : [];
    times.forEach((ms, i) => {
      const key = wayOf(ways[i]!.kernel);
      measured.set(key, { ...ways[i]!, ms: Math.min(ms, measured.get(key)?.ms ?? Infinity) });
    });
    if (measured.size === 0) return ways[0]?.choices ?? now;
    return [...measured.values()].reduce((best, one) => (one.ms < best.ms ? one : best)).choices;
  };
  let best = await compare(first, {});
  for (const kind of wide ? Object.keys(kernel.variants ?? {}) : []) best = await compare(others(kernel, best, kind), best);
  return { candidates: [...measured.values()].map(({ kernel: own, ms }) => ({ kernel: own, ms })), kept: chosen(kernel, best) };
}
