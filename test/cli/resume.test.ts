// A process that dies in the middle of a fit costs what came after its last checkpoint, and not one bit of the result.
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cachedProject, type CachedRun } from '../support/cachedProject.ts';

/**
 * Noise that takes three hundred iterations. CUT names a signal and an iteration: there the file ends its own process, by
 * SIGKILL once the state of that iteration, and of no other, is on the disk. Training waits for that, so that no machine is
 * too fast or too slow for it.
 */
const SLOW = `import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import * as p from 'pipeline-gpu';
const [rows, cols] = [600, 300];
let state = 7;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const source = { name: 'noise', load: async () => ({
  name: 'noise', role: 'all' as const, x: p.matrix(rows, cols, Uint8Array.from({ length: rows * cols }, (_, i) => ((i % cols) % 7 ? random() * 3 : random() * 256))),
  labels: Uint8Array.from({ length: rows }, () => random() * 2), rows: Uint32Array.from({ length: rows }, (_, i) => i) }) };
const estimator = p.logisticRegression({ tol: 1e-12, maxIter: 300, C: Infinity });
const [signal, at] = (process.env.CUT ?? '').split(' ');
const written = () => existsSync(process.env.CHECKPOINTS!) && readdirSync(process.env.CHECKPOINTS!).some((name) => !name.startsWith('.'));
const cut: typeof estimator = { ...estimator, train: async (data, jobs, options, context) => {
  const compute = await context.compute();
  let iteration = 0;
  let saved = false;
  let stopped = false;
  const read: typeof compute.read = async (...what) => {
    while (signal === 'SIGKILL' && saved) {
      if (written()) process.kill(process.pid, signal);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return compute.read(...what);
  };
  const checkpoints = { rewind: () => context.checkpoints!.rewind(), next: () => {
    const own = context.checkpoints!.next();
    const due = () => (signal === 'SIGKILL' ? iteration >= Number(at) && !saved : own.due());
    return { ...own, load: own.load, due, save: (state: unknown) => { saved = true; own.save(state); } };
  } };
  const emit: typeof context.emit = (event) => {
    context.emit(event);
    if (event.type === 'fit-progress') iteration = event.models[0]!.iteration;
    if (signal === 'SIGINT' && iteration >= Number(at) && !stopped) { stopped = true; process.kill(process.pid, signal); }
  };
  return estimator.train(data, jobs, options, { ...context, compute: async () => ({ ...compute, read }), checkpoints, emit });
} };
export default p.pipeline('slow',
  p.fetch(source),
  p.split({ train: [0, 500], test: [500, 600] }),
  p.fit(signal ? cut : estimator),
  p.crossValidate({ folds: 3, scoring: ['accuracy', 'rocAuc'] }),
  p.stage({ id: 'weights', needs: ['model'], provides: ['sha256'], output: (added) => added,
    run: ({ model }: { model: p.LogisticModel }) => ({ sha256: createHash('sha256').update(new Uint8Array(model.coef[0]!.buffer)).digest('hex') }) }));`;

test('killed in the middle of a fit, then stopped by Ctrl-C: the third run ends with the bits of an undisturbed one', { timeout: 180_000 }, async () => {
  const user = cachedProject({ 'slow.ts': SLOW });
  const whole = await user.run('slow.ts', [], { env: { PIPELINE_CACHE: join(user.folder, 'other') } });
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  // Which form of a kernel is faster was measured there; another form would round differently.
  const notes = join(user.folder, 'other/notes');
  if (existsSync(notes)) cpSync(notes, join(user.cache, 'notes'), { recursive: true });

  const checkpoints = join(user.cache, 'stages/checkpoints');
  const cutAt = (iteration: number, signal: NodeJS.Signals): Promise<CachedRun> =>
    user.run('slow.ts', [], { env: { CUT: `${signal} ${iteration}`, CHECKPOINTS: checkpoints } });
  const resumedFrom = ({ events }: CachedRun): number => (events.find(({ type }) => type === 'fit-resumed') as { iterations: number }).iterations;

  const killed = await cutAt(30, 'SIGKILL');
  expect(killed).toMatchObject({ code: null, outputs: {} });
  const stopped = await cutAt(90, 'SIGINT');
  expect(stopped).toMatchObject({ code: 130, stderr: '' });
  const last = await user.run('slow.ts');
  expect(last).toMatchObject({ code: 0, stderr: '' });
  expect(resumedFrom(stopped)).toBeGreaterThanOrEqual(30);
  expect(resumedFrom(last)).toBeGreaterThanOrEqual(90);
  expect(last.outputs).toEqual(whole.outputs);
  expect(last.outputs['weights']!['sha256']).toMatch(/^[0-9a-f]{64}$/);
  expect(readdirSync(checkpoints)).toEqual([]);
});
