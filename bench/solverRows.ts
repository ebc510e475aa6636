// Iterations of the solver on the host and on the device beside scikit-learn's, on every row of test/fixtures/logistic.json and on the
// main job; what each search left, and what of f32 it is that leaves it. Prints Markdown, as bench/solverRows.md has it.
// usage: tsx --conditions=pipeline-gpu-source bench/solverRows.ts [ORDERS.json] [--long]; ORDERS.json is of bench/sklearn_orders.py.
import { readFileSync } from 'node:fs';
import type { RunEvent } from '../src/core/events.ts';
import { logisticRegression } from '../src/estimators/logisticRegression/logisticRegression.ts';
import { openNodeCompute } from '../src/runtime/node/runtime.ts';
import { dataOf, fits, largeOf, optionsOf, type FitRow } from '../test/support/logisticFits.ts';
import { stageContext } from '../test/support/smallSets.ts';
import { loadDigits } from './mnist.ts';
import { largestGradientAt, roundedSearch, SOURCES } from './roundedSearch.ts';

const [file] = process.argv.slice(2).filter((given) => !given.startsWith('--'));
const orders = file === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Record<string, readonly [number, number]>);
/** Rows of thousands of iterations take minutes. */
const all = process.argv.includes('--long') ? fits : fits.filter(({ n_iter }) => n_iter[0]! < 1000);
const { compute, summary } = await openNodeCompute({ quiet: true });

interface Fitted {
  readonly nIter: number;
  readonly status: string;
  /** Largest entry of the gradient in float64 where it ended. */
  readonly left: number;
  /** By iteration, as the solver saw it. */
  readonly gradients: readonly number[];
}

async function fitted(row: FitRow, set: ReturnType<typeof dataOf>, solver: 'host' | 'device'): Promise<Fitted> {
  const events: RunEvent[] = [];
  const [trained] = await logisticRegression(optionsOf(row.params)).train(set, [{ name: 'fit' }], {}, stageContext({ ...compute, solver }, events));
  const { nIter, summary, coef, intercept } = trained!.model;
  const gradients: number[] = [];
  for (const event of events) if (event.type === 'fit-progress') gradients[event.models[0]!.iteration] = event.models[0]!.gradient;
  return { nIter, status: String(summary['status']), left: largestGradientAt(row, coef, intercept), gradients };
}

const say = (...cells: readonly (string | number | undefined)[]): void => console.log(`| ${cells.join(' | ')} |`);
const short = (value: number): string => value.toExponential(1);

console.log(`# Iterations of the solver, row by row\n\nBy bench/solverRows.ts, on ${summary.name}, ${summary.driver}.\n`);
say('row', 'tol', 'scikit-learn', 'its rows in other orders', 'float64', 'f32, host', 'f32, device', 'left: float64', 'host', 'device', 'why they differ');
say(...Array.from({ length: 11 }, () => '---'));
for (const row of all) {
  const name = `${row.data}, ${row.target}, ${row.label}`;
  const expected = row.n_iter[0]!;
  const [few, many] = [dataOf(row), largeOf(row)];
  const exact = few.rows.length < many.rows.length ? await fitted(row, few, 'host') : undefined;
  const [host, device] = [await fitted(row, many, 'host'), await fitted(row, many, 'device')];
  const each = [exact, host, device];
  const [least, most] = orders[name] ?? [expected, expected];
  const reasons: string[] = [];
  if (each.some((one) => one && one.nIter !== expected)) {
    if (least !== most) reasons.push("scikit-learn's own count depends on the order of its sums");
    const blind = Math.max(host.left, device.left);
    const at = exact?.gradients.findIndex((gradient) => gradient <= blind) ?? -1;
    if (at >= 0 && blind > exact!.left) reasons.push(`f32 ends ${short(blind)} from 0, where float64 is after ${at} iterations`);
    const isOutside = each.some((one) => one && (one.nIter < least || one.nIter > most));
    if (isOutside && at < 0) reasons.push('any one rounding moves the end by the fall of the loss: see below');
  }
  const told = each.map((one) => one && `${one.nIter}${one.status === 'converged' || one.status === 'max-iter' ? '' : ' *'}`);
  const range = orders[name] ? (least === most ? `${least}` : `${least} to ${most}`) : '';
  const left = each.map((one) => one && short(one.left));
  say(name, row.params.tol ?? 1e-4, expected, range, ...told, ...left, reasons.join('; '));
}
const { twos, folds } = await loadDigits();
const JOBS = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut }))];
const mains: string[] = [];
for (const solver of ['host', 'device'] as const) {
  const trained = await logisticRegression({ tol: 0.1 }).train(twos, JOBS, { folds }, stageContext({ ...compute, solver }));
  mains.push(trained.map(({ model }) => model.nIter).join(', '));
}
say('main job, fit and three folds', 0.1, '22, 22, 22, 32', '', '', ...mains, '', '', '', '');
compute.destroy();

console.log(
  '\n`*`: the loss fell no further. f32 is over rows repeated until they are too many for float64; digits of all classes are so as they are.\n\nBelow: iterations, and the largest entry of the gradient where they end.\n',
);
say('row, in float64 but for', 'nothing', ...SOURCES, 'all but sums', 'all');
say(...Array.from({ length: SOURCES.length + 4 }, () => '---'));
for (const row of fits.filter(({ target, params, n_iter }) => target === 'binary' && params.tol === 1e-9 && n_iter[0]! < 1000)) {
  const sets = [[], ...SOURCES.map((source) => [source]), SOURCES.filter((source) => source !== 'sums'), SOURCES];
  const each = sets.map((set) => roundedSearch(row, new Set(set)));
  say(`${row.data}, ${row.label}`, ...each.map(({ iterations, left }) => `${iterations}, ${short(left)}`));
}
