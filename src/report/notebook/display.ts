// Any value of this package as a notebook shows it: figures as they are, data and models by what a report would say of them.
import { DISPLAY, kernel, withDisplay, type MimeBundle } from '../../core/notebook.ts';
import type { Rows } from '../../core/data/dataset.ts';
import type { RunEvent } from '../../core/events.ts';
import type { Predictor } from '../../dsl/estimator.ts';
import { outputLine } from '../terminal/format.ts';

/**
 * Shows a value in the cell of a notebook, of Deno's kernel or tslab: figures, results of runs, data sets and models. Anywhere
 * else it is printed as text.
 *
 * @example
 * const { values } = await runPipeline(detector, { values: ['model'] });
 * await display(values.model);
 */
export async function display(value: unknown): Promise<void> {
  const bundle = await bundleOf(value);
  const shown = kernel();
  if (shown) await shown.show(bundle);
  else console.log(bundle['text/plain']);
}

/** Lets a value that a run returned show itself as the last one of a cell. */
export function withValueDisplay(value: unknown): void {
  if (isRows(value) || isModel(value)) withDisplay(value, () => describe(value));
}

const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: 'node:util'): { inspect(value: unknown): string } } };

/** As the console prints it: JSON knows neither NaN nor a Map. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (process?.getBuiltinModule?.('node:util').inspect(value) ?? String(value));
}

async function bundleOf(value: unknown): Promise<MimeBundle> {
  const own = (value as Partial<Record<typeof DISPLAY, () => MimeBundle | Promise<MimeBundle>>> | undefined)?.[DISPLAY];
  if (own) return own.call(value);
  if (isRows(value) || isModel(value)) return describe(value);
  return { 'text/plain': textOf(value) };
}

function isRows(value: unknown): value is Rows {
  const { x, rows, role } = (value ?? {}) as Partial<Rows>;
  return rows instanceof Uint32Array && typeof role === 'string' && typeof x?.cols === 'number';
}

function isModel(value: unknown): value is Predictor {
  const { summary, predictRow } = (value ?? {}) as Partial<Predictor>;
  return typeof predictRow === 'function' && typeof summary === 'object';
}

/** What a report would say, which is loaded now. */
async function describe(value: Rows | Predictor): Promise<MimeBundle> {
  const events: RunEvent[] = [];
  const to = { emit: (event: RunEvent) => void events.push(event), stage: isRows(value) ? value.name : 'model' };
  if (isRows(value)) await (await import('../../stages/shared/preview.ts')).sendPreview(value, to);
  else (await import('../../stages/shared/evidence.ts')).sendWeights(value, {} as Rows, to as never);
  const text = isRows(value) ? `${value.name}, ${value.role} rows: ${value.rows.length} of ${value.x.cols} columns` : `model: ${outputLine(value.summary)}`;
  const { valueMarkup } = await import('./value.ts');
  return { 'text/plain': text, 'text/html': valueMarkup(text, events).text };
}
