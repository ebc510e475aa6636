// Rows of a dataset as the inputs of a graph: all columns as one table, or each input a column by its name.
import { checkColumns, columnCalled } from '../../core/data/columns.ts';
import { categoriesOf } from '../../core/data/categories.ts';
import type { Categories } from '../../core/data/matrix.ts';
import { notFinite } from '../../core/data/notFinite.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { Graph, GraphTensor, GraphValue } from '../../models/graph/graph.ts';
import type { Tensors } from '../../models/graph/run.ts';
import { filled } from '../../models/graph/tensors.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';

/** An input, and the columns that are its. */
interface Fed {
  readonly value: GraphValue;
  readonly from: number;
  readonly width: number;
}

export interface InputsOf {
  readonly fed: readonly Fed[];
  /** Columns in all; undefined where the file leaves it open. */
  readonly cols: number | undefined;
  /** Where each input is a column of its own, or the file says what the columns of the one input are called. */
  readonly columns?: readonly string[] | undefined;
  /** Rows that the graph takes at a time, where it does not leave that open. */
  readonly batch: number | undefined;
}

/** @throws E_DATA for inputs that rows of a table cannot be */
export function inputsFor(name: string, graph: Graph, metadata: Readonly<Record<string, string>> = {}): InputsOf {
  const refuse = (what: string, hint: string): PipelineError => new PipelineError('E_DATA', `${name} ${what}.`, { hint });
  if (graph.inputs.length === 0) throw refuse('takes no input', 'Export a model that does.');
  const widths = graph.inputs.map(({ dims }) =>
    dims.length < 2
      ? 1
      : dims.slice(1).reduce<number | undefined>((product, size) => (product === undefined || size === undefined ? undefined : product * size), 1),
  );
  const open = widths.indexOf(undefined);
  if (open >= 0 && widths.length > 1)
    throw refuse(
      `does not say how wide its input '${graph.inputs[open]!.name}' is`,
      'Export it with initial_types that say so, such as FloatTensorType([None, 4]).',
    );
  const batch = graph.inputs.find(({ dims }) => dims[0] !== undefined)?.dims[0];
  if (batch !== undefined && batch !== 1)
    throw refuse(`takes ${batch} rows at a time, no more and no fewer`, 'Export it with an open count of rows, such as FloatTensorType([None, 4]).');
  let from = 0;
  const fed = graph.inputs.map((value, i) => ({ value, from: (from += widths[i] ?? 0) - (widths[i] ?? 0), width: widths[i] ?? 0 }));
  const named = widths.length > 1 && widths.every((width) => width === 1);
  const columns = named ? graph.inputs.map((input) => input.name) : columnsIn(metadata, from);
  return { fed, cols: open < 0 ? from : undefined, batch, ...(columns ? { columns } : {}) };
}

/** What the export of this package wrote down. It calls columns without names x0, x1, ... */
function columnsIn({ columns: text = '[]' }: Readonly<Record<string, string>>, cols: number): readonly string[] | undefined {
  try {
    const names = (JSON.parse(text) as readonly { readonly name: string }[]).map(({ name }) => name);
    const known = names.length === cols && names.every((one) => typeof one === 'string') && names.some((one, at) => one !== `x${at}`);
    return known ? names : undefined;
  } catch {
    return undefined; // another program's own words
  }
}

/** Rows as tensors, some at a time. @param inputs.gaps whether numbers may be missing */
export async function* tensorsOf(
  inputs: InputsOf & { readonly gaps: boolean },
  data: RowsOf,
  most: number,
): AsyncGenerator<{ readonly from: number; readonly tensors: Tensors }> {
  const { cols = data.x.cols, columns } = inputs;
  checkColumns(data.name, { cols: data.x.cols, columns: data.columns }, { cols, columns });
  const names = categoriesOf(data.x);
  const step = inputs.batch ?? Math.max(1, most);
  for await (const block of featureBlocks(data, { gaps: true })) {
    for (let begin = 0; begin < block.rows; begin += step) {
      const rows = Math.min(step, block.rows - begin);
      const x = block.x.subarray(begin * cols, (begin + rows) * cols);
      const tensors = inputs.fed.map(
        ({ value, from, width }) =>
          [value.name, tensorOf(value, x, { from, width: width || cols, cols, rows, gaps: inputs.gaps, first: block.from + begin }, names, data)] as const,
      );
      yield { from: block.from + begin, tensors: Object.fromEntries(tensors) };
    }
  }
}

interface Part {
  readonly from: number;
  readonly width: number;
  readonly cols: number;
  readonly rows: number;
  readonly gaps: boolean;
  /** Place of its first row. */
  readonly first: number;
}

function tensorOf(
  { type, dims }: GraphValue,
  x: Float64Array,
  { from, width, cols, rows, gaps, first }: Part,
  names: Categories | undefined,
  { name, columns, rows: ids }: RowsOf,
): GraphTensor {
  for (let column = from; column < from + width; column++) {
    if (Boolean(names?.[column]) === (type === 'string')) continue;
    const [takes, holds] = type === 'string' ? ['names', 'numbers'] : ['numbers', 'names'];
    throw new PipelineError('E_DATA', `The model takes ${takes} in ${columnCalled(column, columns)}; that of ${name} holds ${holds}.`, {
      hint: `Describe the column as ${type === 'string' ? 'category()' : 'number()'}, or export the model with inputs of another type.`,
    });
  }
  const whole = type === 'int64' || type === 'int32' || type === 'uint8' || type === 'bool';
  const sizes = dims.length === 1 ? [rows] : dims.length === 2 ? [rows, width] : [rows, ...dims.slice(1).map((size) => size!)];
  return filled(type, sizes, (i) => {
    const column = from + (i % width);
    const cell = x[Math.floor(i / width) * cols + column]!;
    // A name that is missing is an empty text, which no encoder knows.
    if (type === 'string') return names![column]![cell] ?? '';
    if (Number.isNaN(cell) && !gaps) throw notFinite(cell, ids[first + Math.floor(i / width)]!, column, columns);
    if (whole && !Number.isInteger(cell)) {
      throw new PipelineError('E_DATA', `The model takes whole numbers in ${columnCalled(column, columns)}; ${cell} of ${name} is none.`, {
        hint: 'Fill gaps and round, or export the model with FloatTensorType.',
      });
    }
    return cell;
  });
}

/** For each column of an input of texts the names that encoders behind it know; absent where all inputs are numbers. */
export function namesKnown({ fed, cols }: InputsOf, graph: Graph): Categories | undefined {
  if (cols === undefined || graph.inputs.every(({ type }) => type !== 'string')) return undefined;
  const reached = (input: string): ReadonlySet<string> => {
    const values = new Set([input]);
    for (const node of graph.nodes) if (node.inputs.some((one) => values.has(one))) for (const output of node.outputs) values.add(output);
    return values;
  };
  return fed.flatMap(({ value: { name, type }, width }) => {
    const values = type === 'string' ? reached(name) : undefined;
    const names = graph.nodes
      .filter(({ inputs }) => values && inputs.some((input) => values.has(input)))
      .flatMap(({ attributes = {} }) => [...(attributes['cats_strings']?.strings ?? []), ...(attributes['keys_strings']?.strings ?? [])]);
    return Array.from({ length: width }, () => (values ? [...new Set(names)] : null));
  });
}

/** A few rows of made up numbers, and of texts that the graph knows: enough to see what it gives. */
export function probe(inputs: InputsOf, graph: Graph, cell: (i: number) => number): Tensors {
  const rows = inputs.batch ?? 3;
  const texts = graph.nodes.flatMap(({ attributes = {} }) => [...(attributes['cats_strings']?.strings ?? []), ...(attributes['keys_strings']?.strings ?? [])]);
  return Object.fromEntries(
    inputs.fed.map(({ value: { name, type, dims }, width }) => [
      name,
      filled(type, dims.length < 2 ? [rows] : [rows, ...(width ? dims.slice(1).map((size) => size!) : [GUESSED])], (i) =>
        type === 'string' ? (texts[cell(i) % Math.max(1, texts.length)] ?? '') : cell(i),
      ),
    ]),
  );
}

/** Columns of a file that leaves their count open, for a first look. */
const GUESSED = 4;
