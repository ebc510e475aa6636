// One evaluation of loss and gradient, which is what training is made of: set a direction, sum the losses, sum the
// gradients, with every submit, readback and float64 finish that a solver pays for.
import type { Compute } from '../../src/core/compute.ts';
import { LinearBatch } from '../../src/estimators/linear/linearBatch.ts';
import { logistic } from '../../src/estimators/linear/losses/logistic.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';
import type { Sample, Task } from '../harness.ts';
import { COLS, passes, ROWS, TRAINING, type Digits } from '../mnist.ts';
import { prepareProbe } from './evaluationProbe.ts';

/** A fit; a fit and its three folds; ten of those. */
export const MODELS = [1, 4, 40] as const;

export function evaluationTasks(compute: Compute, digits: Digits): readonly Task[] {
  return MODELS.flatMap((models): readonly Task[] => {
    let evaluate: Promise<() => Promise<Sample>> | undefined;
    let probe: typeof evaluate;
    const whole: Task = {
      name: `evaluation-${models}`,
      group: 'evaluation',
      title: `loss + gradient, ${models} model${models === 1 ? '' : 's'}`,
      engine: 'pipeline-gpu',
      repeats: { full: 15, quick: models === 40 ? 2 : 5 },
      ...(models === 1 ? {} : { ratioTo: 'evaluation-1' }),
      sample: async () => (await (evaluate ??= prepare(compute, digits, models)))(),
    };
    const bare: Task = {
      ...whole,
      name: `evaluation-${models}-bare`,
      title: `its reads, writes and products, nothing else, ${models}`,
      ratioTo: whole.name,
      sample: async () => (await (probe ??= prepareProbe(compute, digits, models)))(),
    };
    // One subgroup of eight lanes is a workgroup of it, and all rows are one block on the device.
    return compute.subgroupLanes === 8 && ROWS === TRAINING ? [whole, bare] : [whole];
  });
}

async function prepare(compute: Compute, { twos, folds }: Digits, models: number): Promise<() => Promise<Sample>> {
  const codes = Uint8Array.from(twos.rows, (id) => twos.labels[id]!);
  const columns = [{ positive: 1, positiveWeight: 1, negativeWeight: 1 }];
  const targets = Array.from({ length: models }, (_, i) => ({ heldOut: i % 4 === 0 ? NO_FOLD : (i % 4) - 1, columns }));
  const batch = new LinearBatch(compute, { data: await tilesOnDevice(compute, twos), truth: codes, folds: folds.fold }, targets, logistic);
  const all = targets.map((_, i) => i);
  const steps = all.map(() => 1);
  // There and back again: margins stay small however often this runs.
  const directions = (sign: number): Float64Array[] => all.map((i) => Float64Array.from({ length: COLS + 1 }, (_, j) => sign * 1e-5 * Math.sin(i + j)));
  let [next, other] = [directions(1), directions(-1)];
  return async () => {
    const started = performance.now();
    await batch.setDirections(all, next);
    const losses = await batch.losses(all, steps);
    const gradients = await batch.gradients(all);
    const ms = performance.now() - started;
    [next, other] = [other, next];
    const sums = [...losses.map(({ slope }) => slope), ...gradients.map((gradient) => gradient[COLS]!)];
    if (!sums.every((sum) => Number.isFinite(sum) && sum !== 0)) throw new Error(`an evaluation of ${models} models gave ${sums.join(' ')}`);
    return { ms, work: passes(2, 2 * models) };
  };
}
