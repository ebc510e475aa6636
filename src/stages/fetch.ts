// Brings in a dataset: files, checked by digest, from the cache, a package or the network, parsed once.
import { checkDataset, weightlessLabels } from '../core/data/checkDataset.ts';
import { PipelineError } from '../core/errors/errors.ts';
import type { FileProgress, FileWarning } from '../core/files.ts';
import type { DatasetSource, NamedSource } from '../datasets/source.ts';
import { columnCalled } from '../core/data/columns.ts';
import { categoriesOf } from '../core/data/categories.ts';
import { called, codedLabels, lookAlikes } from '../core/data/classNames.ts';
import { isStored, type Features } from '../core/data/features.ts';
import { differingColumns, idColumns } from '../core/leaks/idColumns.ts';
import { inColumns } from '../core/leaks/storedColumns.ts';
import { tellingColumns } from '../core/leaks/tellingColumns.ts';
import { hasClasses, type Classes, type Dataset, type Indicators, type Rows, type RowsFact, type TargetKind, type Values } from '../core/data/dataset.ts';
import type { DatasetFact } from '../dsl/graph/facts.ts';
import { checkSource } from '../dsl/stage/checkOwn.ts';
import { checkDeclared } from '../dsl/stage/inputs.ts';
import { callerPlace } from '../dsl/place.ts';
import { defineStage, type AnySpec, type Stage } from '../dsl/stage/stage.ts';
import type { Fetched } from '../dsl/stage/state.ts';
import { sendPreview } from './shared/preview.ts';

/**
 * Fetches a dataset. Adds `data`: x `[rows, cols]` and the target of each row. Labels may be names: strings, numbers or booleans become
 * class numbers, and models answer with the names.
 *
 * @throws E_FETCH when no source delivers; E_DIGEST or E_DATA when the bytes are not what they should be
 * @example
 * pipeline('digits', fetch(mnist784()));
 */
export function fetch(source: NamedSource): Stage<unknown, Fetched>;
export function fetch<T extends TargetKind = 'classes'>(source: DatasetSource<T>): Stage<unknown, Fetched<T>>;
export function fetch<T extends TargetKind>(source: DatasetSource<T> | NamedSource): Stage<unknown, Fetched<T>> {
  checkSource(source);
  checkDeclared('fetch', source.inputs, undefined, callerPlace());
  return defineStage<unknown, Fetched<T>>({
    id: 'fetch',
    needs: [],
    provides: ['data'],
    code: source.code,
    host: true,
    ...retentionOf(source),
    params: { ...source.params, dataset: source.name, ...(source.digest === undefined ? {} : { digest: source.digest }) },
    infer: () => ({ data: factOf(source) }),
    run: async (_state, { files, disk, signal, emit, stage }) => {
      const onProgress = ({ task, done, total, note }: FileProgress): void => emit({ type: 'progress', stage, task, done, total, unit: 'bytes', note });
      const onWarning = (warning: FileWarning): void => emit({ type: 'warning', stage, ...warning });
      const data = codedLabels(await source.load(files, { disk, signal, onProgress, onWarning })) as Dataset<'all', Features, T>;
      checkDataset(data, 'the source of');
      const { rows, cols, dtype } = data.x;
      checkFacts(source, { rows, cols, dtype, columns: data.columns, classNames: (data as Partial<Classes>).classNames }, data.rows.length);
      for (const { column, how } of await inColumns(data, (some) => tellingColumns(some).map(({ column }) => column), tellingColumns)) {
        const called = columnCalled(column, data.columns);
        const message = `In every row of ${data.name}, ${called} ${how}: a model reads the answer off it.`;
        emit({ type: 'warning', stage, code: 'W_LEAK', message, hint: `Leave ${called} out of x.` });
      }
      for (const { column, how } of await inColumns(data, differingColumns, idColumns)) {
        const called = columnCalled(column, data.columns);
        const message = `In ${data.name}, ${called} ${how}: what a model learns from it holds for no other row.`;
        emit({
          type: 'warning',
          stage,
          code: 'W_ID',
          message,
          hint: `Leave ${called} out of x. If it says when rows were, split by it: split({ test: 0.2, time: ... }).`,
        });
      }
      const { classNames } = data as Partial<Classes>;
      for (const label of hasClasses(data) ? weightlessLabels(data) : []) {
        const message = `All rows of ${data.name} with ${called(label, classNames)} have weight 0: nothing is learned of them, but they are scored.`;
        emit({ type: 'warning', stage, code: 'W_WEIGHTS', message, hint: 'Leave such rows out of rows, or give them a weight above 0.' });
      }
      const named = [['the label', classNames] as const, ...(categoriesOf(data.x) ?? []).map((names, j) => [columnCalled(j, data.columns), names] as const)];
      for (const [what, names] of named) {
        const alike = lookAlikes(names ?? []);
        if (!alike) continue;
        const message = `'${alike[0]}' and '${alike[1]}' are two names of ${what} of ${data.name}, though they look alike.`;
        emit({ type: 'warning', stage, code: 'W_NAMES', message, hint: 'If one is meant, write it in one way.' });
      }
      await sendPreview(data, { emit, stage });
      const output = { dataset: data.name, x: [rows, cols], ...targetShape(data), dtype };
      // To read a table again takes longer than to find what was made of it.
      return { adds: { data }, output, keep: isStored(data.x) && data.x.cached };
    },
  });
}

/** What is known of the rows before they are loaded: if the names are known, so is the number of classes. */
function factOf({ name, facts = {} }: Pick<DatasetSource, 'name' | 'facts'>): DatasetFact {
  const { cols = facts.columns?.length, classes = facts.classNames && [...facts.classNames.keys()] } = facts;
  return { type: 'dataset', name, role: 'all', ...facts, cols, classes, fetched: facts.rows };
}

function targetShape(data: Rows & Partial<Pick<Dataset, 'labels'> & Values & Indicators>): { readonly y?: number[] } {
  if (data.labels) return { y: [data.labels.length] };
  const target = data.values ?? data.indicators;
  return target ? { y: target.cols === 1 ? [target.rows] : [target.rows, target.cols] } : {};
}

/** Bytes with known digests are the same whenever they are fetched, and so is what declared inputs determine. For other sources nobody knows beforehand. */
function retentionOf({ digest, inputs }: Pick<DatasetSource, 'digest' | 'inputs'>): Pick<AnySpec, 'retention' | 'inputs' | 'outputs'> {
  if (digest === undefined && inputs === undefined) return { retention: 'nothing' };
  // What was valid for a time cannot be loaded again.
  return { retention: inputs?.validFor === undefined ? 'digests' : 'values', inputs: inputs ?? {}, outputs: [] };
}

/** What a source declared about its rows must be true: mistakes were looked for with it. */
function checkFacts(
  { name, facts = {} }: Pick<DatasetSource, 'name' | 'facts'>,
  loaded: Pick<RowsFact, 'rows' | 'cols' | 'dtype' | 'columns' | 'classNames'>,
  listed: number,
): void {
  for (const [key, value] of Object.entries(loaded) as [keyof typeof loaded, unknown][]) {
    const said = facts[key];
    if (said === undefined || String(said) === String(value)) continue;
    throw new PipelineError('E_DATA', `${name} says that its ${key} is ${String(said)}, but ${String(value)} was loaded.`, {
      hint: `Correct facts.${key} of the source, or leave it out.`,
    });
  }
  if (facts.rows !== undefined && facts.rows !== listed) {
    throw new PipelineError('E_DATA', `${name} says that its rows are ${facts.rows}, but the list it loaded has ${listed}.`, {
      hint: 'Leave facts.rows out of a source that leaves rows of its matrix out, or repeats them.',
    });
  }
}
