// Nine samples of each side of one evaluation in turns: this package, the probe beside it, and numpy's float32 on the same cores.
// usage: tsx --conditions=pipeline-gpu-source bench/pairs.ts MODELS,...
import { openNodeCompute } from '../src/runtime/node/runtime.ts';
import { measure, median, type Task } from './harness.ts';
import { loadDigits } from './mnist.ts';
import { sklearnTasks, startSklearn } from './sklearn.ts';
import { evaluationTasks, MODELS } from './tasks/evaluation.ts';

const PAIRS = 9;
const counts = (process.argv[2] ?? MODELS.join()).split(',').map(Number);
const sklearn = await startSklearn();
if (typeof sklearn === 'string') throw new Error(sklearn);
const { compute } = await openNodeCompute({ quiet: true });
try {
  const digits = await loadDigits();
  const all = [...evaluationTasks(compute, digits), ...sklearnTasks(sklearn)];
  for (const models of counts) {
    const names = [`evaluation-${models}`, `evaluation-${models}-bare`, `sklearn-evaluation-${models}-f32`];
    const samples = new Map<string, number[]>();
    const tasks = names
      .flatMap((name) => all.filter((task) => task.name === name))
      .map(({ ratioTo: _, ...task }): Task => ({
        ...task,
        repeats: { full: PAIRS, quick: PAIRS },
        sample: async () => {
          const sample = await task.sample();
          samples.set(task.name, [...(samples.get(task.name) ?? []), sample.ms]);
          return sample;
        },
      }));
    const figures = await measure(tasks, false, () => {});
    for (const { name, title, medianMs, minMs } of figures) {
      const ours = samples.get(names[0]!)!.slice(-PAIRS);
      const ratio = median(
        samples
          .get(name)!
          .slice(-PAIRS)
          .map((ms, i) => ours[i]! / ms),
      );
      console.log(`${title.padEnd(70)} median ${medianMs.toFixed(1)}, least ${minMs.toFixed(1)} ms; ours by it ${ratio.toFixed(2)}`);
    }
  }
} finally {
  compute.destroy();
  await sklearn.close();
}
