// Nine samples of each side of a task in turns: this package, a probe where the task has one, and float32 of numpy or scikit-learn
// on the same cores.
// usage: tsx --conditions=pipeline-gpu-source bench/pairs.ts TASK,... (evaluation-1, fit-cv, grid, softmax, ...)
import { openNodeCompute } from '../src/runtime/node/runtime.ts';
import { measure, median, type Task } from './harness.ts';
import { loadDigits } from './mnist.ts';
import { sklearnTasks, startSklearn } from './sklearn.ts';
import { evaluationTasks, MODELS } from './tasks/evaluation.ts';
import { trainTasks } from './tasks/train.ts';

const PAIRS = 9;
const names = process.argv[2]?.split(',') ?? MODELS.map((models) => `evaluation-${models}`);
const sklearn = await startSklearn();
if (typeof sklearn === 'string') throw new Error(sklearn);
const { compute } = await openNodeCompute({ quiet: true });
try {
  const digits = await loadDigits();
  const own = [...evaluationTasks(compute, digits), ...trainTasks(compute, digits)];
  for (const name of names) {
    const first = own.find((task) => task.name === name);
    if (first === undefined) throw new Error(`no task ${name}; there are ${own.map((task) => task.name).join(', ')}`);
    const peers = sklearnTasks(sklearn).filter((task) => task.ratioTo === name && !task.name.endsWith('-f64'));
    const samples = new Map<string, number[]>();
    const tasks = [first, ...own.filter((task) => task.name === `${name}-bare`), ...peers].map(({ ratioTo: _, ...task }): Task => ({
      ...task,
      repeats: { full: PAIRS, quick: PAIRS },
      sample: async () => {
        const sample = await task.sample();
        samples.set(task.name, [...(samples.get(task.name) ?? []), sample.ms]);
        return sample;
      },
    }));
    const figures = await measure(tasks, false, () => {});
    for (const figure of figures) {
      const ours = samples.get(name)!.slice(-PAIRS);
      const ratio = median(
        samples
          .get(figure.name)!
          .slice(-PAIRS)
          .map((ms, i) => ours[i]! / ms),
      );
      console.log(`${figure.title.padEnd(70)} median ${figure.medianMs.toFixed(1)}, least ${figure.minMs.toFixed(1)} ms; ours by it ${ratio.toFixed(2)}`);
    }
  }
} finally {
  compute.destroy();
  await sklearn.close();
}
