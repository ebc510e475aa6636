// The bench: one process, one device, all tasks in turns, medians, and beside each the limit of the device.
// usage: tsx --conditions=pipeline-gpu-source bench/run.ts [--adapter NAME] [--quick] [--json FILE] [--only NAME,...] [--no-sklearn]
// bench/NOTES.md says how to read what it prints. Progress goes to stderr, figures to stdout; `--json -` prints JSON alone.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openNodeCompute } from '../src/runtime/node/runtime.ts';
import { buildNote, coldStartTasks } from './tasks/coldStart.ts';
import { bareTasks } from './tasks/bare.ts';
import { csvTasks } from './tasks/csv.ts';
import { algorithmTasks } from './tasks/algorithms.ts';
import { componentTasks } from './tasks/components.ts';
import { descentTasks } from './tasks/descent.ts';
import { evaluationTasks } from './tasks/evaluation.ts';
import { measure } from './harness.ts';
import { currentLoad, describeMachine } from './machine.ts';
import { loadDigits } from './mnist.ts';
import { neighborTasks } from './tasks/neighbors.ts';
import { overheadTasks } from './tasks/overhead.ts';
import { bestPeaks, measurePeaks } from './probes/probes.ts';
import { machineLines, tableLines, withLimits, type BenchReport } from './report.ts';
import { sklearnTasks, startSklearn } from './sklearn.ts';
import { packageTasks } from './tasks/packages.ts';
import { servingTasks } from './tasks/serving.ts';
import { sparseTasks } from './tasks/sparse.ts';
import { solverTasks } from './tasks/solver.ts';
import { supportVectorTasks } from './tasks/supportVectors.ts';
import { trainTasks } from './tasks/train.ts';

const GROUPS = [
  'evaluation',
  'fit',
  'fit-cv',
  'grid',
  'grid-walked',
  'softmax',
  'solver',
  'neighbors',
  'clusters',
  'components',
  'forest',
  'boosting',
  'descent',
  'descent-folds',
  'svc',
  'svc-grid',
  'perceptron',
  'sparse',
  'upload',
  'csv',
  'cold-start',
  'overhead',
  'serving',
];
/** These have nothing of scikit-learn's beside them. */
const ALONE = ['grid-walked', 'solver', 'upload', 'csv', 'cold-start', 'overhead', 'serving'];

const load = currentLoad(); // before anything of ours runs
const { values } = parseArgs({
  options: {
    adapter: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string' },
    'no-sklearn': { type: 'boolean', default: false },
  },
});
const groups = values.only === undefined ? GROUPS : values.only.split(',');
const unknown = groups.filter((group) => !GROUPS.includes(group));
if (unknown.length > 0) {
  console.error(`--only knows ${GROUPS.join(', ')}; ${unknown.join(', ')} arrived.`);
  process.exit(2);
}
const jsonOnly = values.json === '-';
const say = (lines: readonly string[]): void => {
  if (!jsonOnly) for (const line of lines) console.log(line);
};
const log = (line: string): void => console.error(`  ${line}`);

const wantsSklearn = !values['no-sklearn'] && groups.some((group) => !ALONE.includes(group));
const sklearn = wantsSklearn ? await startSklearn() : 'scikit-learn left out, as asked';
const { compute, summary } = await openNodeCompute({ ...(values.adapter === undefined ? {} : { adapter: values.adapter }), quiet: true });
try {
  const machine = describeMachine(summary, load);
  say(machineLines(machine));
  const note = groups.some((group) => ['csv', 'cold-start', 'overhead', 'serving'].includes(group)) ? buildNote() : undefined;
  if (note !== undefined) log(note);
  const digits = await loadDigits();
  const tasks = [
    ...evaluationTasks(compute, digits),
    ...trainTasks(compute, digits),
    ...solverTasks(compute, digits),
    ...neighborTasks(compute, digits),
    ...algorithmTasks(compute, digits),
    ...componentTasks(compute, digits),
    ...bareTasks(compute, digits),
    ...descentTasks(compute, digits),
    ...supportVectorTasks(compute, digits),
    ...packageTasks(digits),
    ...sparseTasks(compute),
    ...csvTasks(),
    ...coldStartTasks(values.adapter),
    ...overheadTasks(),
    ...servingTasks(),
    ...(typeof sklearn === 'string' ? [] : sklearnTasks(sklearn)),
  ];
  const wanted = tasks.filter(({ group }) => groups.includes(group)).toSorted((a, b) => groupOrder(a.group) - groupOrder(b.group));
  const withProducts = groups.some((group) => ['neighbors', 'clusters'].includes(group));
  const before = await measurePeaks(compute, withProducts);
  const figures = await measure(wanted, values.quick, log);
  const peaks = bestPeaks(before, await measurePeaks(compute, withProducts));
  const report: BenchReport = {
    type: 'bench',
    schema: 1,
    quick: values.quick,
    machine,
    peaks,
    sklearn: typeof sklearn === 'string' ? sklearn : sklearn.versions,
    figures: withLimits(figures, peaks),
    loadAverageAfter: currentLoad(),
  };
  say(tableLines(report));
  say(['', `load average at the end ${report.loadAverageAfter.join(' ')}, of which this bench is a part`]);
  if (jsonOnly) console.log(JSON.stringify(report));
  else if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  compute.destroy();
  if (typeof sklearn !== 'string') await sklearn.close();
}

function groupOrder(group: string): number {
  return GROUPS.indexOf(group);
}
