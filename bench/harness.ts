// Measures tasks in turns: a round runs each of them once, in the other order every second time, so that a busy moment
// or a warming machine hits all alike. A task times itself, because what it sets up must not count.
import { setTimeout } from 'node:timers/promises';

/** Before each sample: the threads of a BLAS spin for a while after their last product, and would take a core from what comes next. */
const REST_MS = 150;

/** What the device cannot do without, however the kernels are written. */
export interface Work {
  /** Bytes of x that have to be read. */
  readonly bytes: number;
  readonly multiplyAdds: number;
}

export interface Sample {
  readonly ms: number;
  readonly work?: Work | undefined;
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
}

export interface Task {
  /** Unique. */
  readonly name: string;
  /** What `--only` names; tasks of a group belong side by side. */
  readonly group: string;
  readonly title: string;
  readonly engine: 'pipeline-gpu' | 'scikit-learn' | 'DuckDB' | 'Papa Parse' | 'mljs' | 'tfjs';
  /** Samples to take, in a full run and in a quick one; 0 leaves the task out. */
  readonly repeats: { readonly full: number; readonly quick: number };
  /** Name of the task that this one is a multiple of. */
  readonly ratioTo?: string;
  /** Before anything is timed: compiles, fills caches. By default one unmeasured sample. */
  readonly warm?: () => Promise<unknown>;
  sample(): Promise<Sample>;
}

export interface Figure {
  readonly name: string;
  readonly group: string;
  readonly title: string;
  readonly engine: Task['engine'];
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly samples: number;
  readonly ratio?: { readonly to: string; readonly value: number } | undefined;
  readonly work?: Work | undefined;
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
}

/** @param log one line a step, for someone who waits */
export async function measure(tasks: readonly Task[], quick: boolean, log: (line: string) => void): Promise<readonly Figure[]> {
  const wanted = tasks
    .map((task) => ({ task, repeats: quick ? task.repeats.quick : task.repeats.full, samples: [] as Sample[] }))
    .filter(({ repeats }) => repeats > 0);
  for (const { task } of wanted) {
    log(`warming up: ${task.title}`);
    await (task.warm ? task.warm() : task.sample());
  }
  const rounds = Math.max(...wanted.map(({ repeats }) => repeats));
  for (let round = 0; round < rounds; round++) {
    log(`round ${round + 1} of ${rounds}`);
    const due = wanted.filter(({ repeats }) => Math.floor(((round + 1) * repeats) / rounds) > Math.floor((round * repeats) / rounds));
    if (round % 2 === 1) due.reverse();
    for (const { task, samples } of due) {
      await setTimeout(REST_MS);
      samples.push(await task.sample());
    }
  }
  const medians = new Map(wanted.map(({ task, samples }) => [task.name, median(samples.map(({ ms }) => ms))]));
  return wanted.map(({ task: { name, group, title, engine, ratioTo }, samples }): Figure => {
    const times = samples.map(({ ms }) => ms);
    const medianMs = medians.get(name)!;
    const base = ratioTo === undefined ? undefined : medians.get(ratioTo);
    return {
      name,
      group,
      title,
      engine,
      medianMs,
      minMs: Math.min(...times),
      maxMs: Math.max(...times),
      samples: times.length,
      ratio: base === undefined ? undefined : { to: ratioTo!, value: medianMs / base },
      work: samples.at(-1)!.work,
      facts: samples.at(-1)!.facts,
    };
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
