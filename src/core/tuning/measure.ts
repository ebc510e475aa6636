// Times ways to run a kernel on this device, in turns so that a busy moment hits all of them.
import type { Compute, Kernel } from '../compute.ts';

const ROUNDS = 10;
/** After two rounds, what is this much slower than the best is left out. */
const HOPELESS = 1.3;
/** One sample is as many launches as take about this long. */
const SAMPLE_MS = 2;
const MAX_LAUNCHES = 16;

/**
 * Milliseconds of a launch of each kernel, the best of a few rounds; Infinity for one that this device refuses.
 *
 * @throws what the launches throw, where all of them do
 */
export async function timesOf<K extends Kernel>(compute: Compute, kernels: readonly K[], launch: (kernel: K) => Promise<void>): Promise<readonly number[]> {
  const compiled = await Promise.allSettled(kernels.map((kernel) => launch(kernel)));
  await compute.settle();
  const best = compiled.map(() => Infinity);
  const able = [...kernels.keys()].filter((i) => compiled[i]!.status === 'fulfilled');
  if (able.length === 0) throw (compiled[0] as PromiseRejectedResult).reason;
  const timed = async (i: number, launches: number): Promise<number> => {
    const started = performance.now();
    for (let n = 0; n < launches; n++) await launch(kernels[i]!);
    await compute.settle();
    return (performance.now() - started) / launches;
  };
  const launches = Math.min(MAX_LAUNCHES, Math.ceil(SAMPLE_MS / (await timed(able[0]!, 1))));
  for (let round = 0; round < ROUNDS; round++) {
    const limit = round < 2 ? Infinity : HOPELESS * Math.min(...best);
    for (const i of able) if (best[i]! <= limit) best[i] = Math.min(best[i]!, await timed(i, launches));
  }
  return best;
}
