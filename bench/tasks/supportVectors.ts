// Support vectors of the digits between 0 and 1: one training, and a grid of C and gamma over three folds.
import type { Compute } from '../../src/core/compute.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { svc } from '../../src/estimators/svc/svc.ts';
import type { Sample, Task } from '../harness.ts';
import { accuracyOf, COLS, foldsOf, ROWS, type Digits } from '../mnist.ts';
import { contextAround } from './train.ts';

export const SVC_ROWS = Math.min(ROWS, 10_000);
/** Rows of the grids. */
export const SVC_GRIDS = [...new Set([Math.min(ROWS, 2000), SVC_ROWS])];
/** Both are searched with each other. */
export const SVC_C = [0.1, 1, 10, 100, 1000];
export const SVC_GAMMA = [0.001, 0.003, 0.01, 0.03, 0.1];

/** Pixels between 0 and 1. @param count of rows */
function small({ digits }: Digits, count: number): Dataset<'train'> {
  const scaling = { shift: new Float64Array(COLS), factor: new Float64Array(COLS).fill(1 / 255) };
  return { ...digits, rows: digits.rows.slice(0, count), scaling };
}

export function supportVectorTasks(compute: Compute, digits: Digits): readonly Task[] {
  const context = contextAround(compute);
  const fit = async (count: number): Promise<Sample> => {
    const rows = small(digits, count);
    const started = performance.now();
    const [found] = await svc().train(rows, [{ name: 'fit' }], {}, context);
    const ms = performance.now() - started;
    const { support, nIter } = found!.model.fields;
    return { ms, facts: { vectors: support.length, nIter: nIter.reduce((sum, own) => sum + own, 0) } };
  };
  const jobs = SVC_C.flatMap((C) =>
    SVC_GAMMA.flatMap((gamma) => [0, 1, 2].map((heldOut) => ({ name: `${C} ${gamma} ${heldOut}`, heldOut, params: { C, gamma } }))),
  );
  const grid = async (count: number): Promise<Sample> => {
    const rows = small(digits, count);
    const started = performance.now();
    const trained = await svc().train(rows, jobs, { folds: foldsOf(rows), need: 'counts' }, context);
    const ms = performance.now() - started;
    const accuracies = trained.map(({ heldOut }) => accuracyOf(heldOut!));
    // Of the points that scikit-learn is asked for.
    const asked = accuracies.filter((_, i) => SVC_C.indexOf(jobs[i]!.params.C) === SVC_GAMMA.indexOf(jobs[i]!.params.gamma));
    return { ms, facts: { accuracy: asked.reduce((sum, own) => sum + own) / asked.length } };
  };
  const task = (name: string, title: string, [full, quick]: readonly [number, number], sample: Task['sample']): Task => ({
    name,
    group: name.replace(/-\d+$/, ''),
    title,
    engine: 'pipeline-gpu',
    repeats: { full, quick },
    warm: () => fit(Math.min(ROWS, 1000)),
    sample,
  });
  return [
    task('svc', `support vectors of ${SVC_ROWS} digits`, [2, 1], () => fit(SVC_ROWS)),
    ...SVC_GRIDS.map((count, i) => task(`svc-grid-${count}`, `5 x 5 support vectors x 3 folds of ${count} digits`, [1, i === 0 ? 1 : 0], () => grid(count))),
  ];
}
