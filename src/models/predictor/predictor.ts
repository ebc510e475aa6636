// Predicts from a `model.json`, in float64, with nothing but JavaScript: in Node, Deno, a page or a worker.
import type { Graph, GraphTensor } from '../graph/graph.ts';
import { elements, type Numbers } from '../graph/tensors.ts';
import type { JsonAttribute, JsonGraph, JsonTensor, ModelColumn, ModelJson } from './modelJson.ts';
import { operators } from './operators.ts';

type Tensors = Readonly<Record<string, GraphTensor>>;

/** What a row may hold in a column; null where the value is missing. */
export type Cell = number | string | boolean | Date | null | undefined;

/** A row: values by column, or in the order of the model's `columns`. */
export type Row = Readonly<Record<string, Cell>> | readonly Cell[];

/** What a model says of a row. */
export interface RowPrediction {
  /** The class predicted; of a model of several labels the numbers of those that the row has; of clusters the number of one; 1 for a row like others and -1 for an outlier. */
  readonly label?: string | number | boolean | readonly number[];
  /** Of the classes, in the order of the model's `classes`; absent where it has none. */
  readonly probabilities?: readonly number[];
  /** Decisions, one for two classes, above 0 for the second; distances to clusters; how much a row is like others. */
  readonly scores?: readonly number[];
  /** Of a regressor. */
  readonly value?: number | readonly number[];
  /** Of a transformer. */
  readonly features?: readonly number[];
}

/** Predicts one row, or several at once. */
export interface Predict {
  (row: Readonly<Record<string, Cell>>): RowPrediction;
  (rows: readonly Row[]): RowPrediction[];
}

/**
 * What a fitted model says of rows, from its `model.json`: the same as the model to about 6 digits, computed in float64 on the processor.
 * Rows are objects by column name, or lists in the order of the model's `columns`; `null` is a missing value, and a `Date` counts in
 * seconds.
 *
 * @param model what `modelToJson` made, parsed
 * @throws Error for anything else, and, when it predicts, for a row that the model would refuse, with the column
 * @example
 * const predict = predictor(await modelToJson(model));
 * predict({ age: 3, port: 'S' }).label;
 * predict([[3, 'S'], [40, 'C']]).map(({ probabilities }) => probabilities);
 */
export function predictor(model: object): Predict {
  if (typeof model === 'string') throw new Error('This is a text: give what JSON.parse makes of it.');
  const { format, version, columns, kind, graph: given, classes } = (model ?? {}) as Partial<ModelJson>;
  if (format !== 'pipeline-gpu' || !Array.isArray(columns) || !kind || !given)
    throw new Error("This is no model.json of pipeline-gpu: write one by modelToJson(model) or 'pipeline export'.");
  if (version !== 1)
    throw new Error(
      `This model.json has version ${JSON.stringify(version)}, and this predictor reads version 1: take the predictor of the package that wrote it.`,
    );
  const graph = graphOf(given, columns.length);
  const checks = columns.map(checkOf);
  return ((given: Row | readonly Row[]) => {
    const one = !Array.isArray(given);
    const rows = (one ? [given] : given) as readonly Row[];
    if (rows.length === 0) return [];
    const cells = rows.map((row, i) => cellsOf(row, columns, checks, one ? '' : ` of row ${i}`));
    const outputs = run(graph, inputsOf(graph, cells, columns));
    const said = rows.map((_, i) => predictionOf(kind, classes, outputs, i, rows.length));
    return one ? said[0] : said;
  }) as Predict;
}

/** What the graph gives, in the order of its outputs. */
function run({ nodes, tensors, outputs }: Graph, inputs: Tensors): Tensors {
  const values = new Map(Object.entries({ ...tensors, ...inputs }));
  for (const { op, inputs: from, outputs: to, attributes } of nodes) {
    const made = [
      operators[op]!(
        from.map((name) => values.get(name)!),
        attributes!,
      ),
    ].flat() as readonly GraphTensor[];
    to.forEach((name, i) => values.set(name, made[i]!));
  }
  return Object.fromEntries(outputs.map(({ name }) => [name, values.get(name)!]));
}

type Check = (value: Cell, place: string) => number | string;

/** Values of a row in the order of the columns. */
function cellsOf(row: Row, columns: readonly ModelColumn[], checks: readonly Check[], place: string): readonly (number | string)[] {
  if (row === null || typeof row !== 'object') throw new Error(`A row is an object, or a list of ${columns.length} values; ${describe(row)} came.`);
  const list = Array.isArray(row) ? (row as readonly Cell[]) : undefined;
  if (list && list.length !== columns.length)
    throw new Error(`The values${place} are ${list.length}; the model has ${columns.length} columns: ${some(columns.map(({ name }) => name))}.`);
  return checks.map((check, j) => {
    const { name } = columns[j]!;
    if (!list && !Object.hasOwn(row, name))
      throw new Error(`'${name}'${place} is not there; the row has ${some(Object.keys(row))}. Write null where a value is missing.`);
    return check(list ? list[j] : (row as Readonly<Record<string, Cell>>)[name], place);
  });
}

function checkOf({ name, type, levels, unknown, gaps }: ModelColumn): Check {
  const allowed = unknown && new Set(levels);
  return (given, place) => {
    const value = given instanceof Date ? given.getTime() / 1000 : typeof given === 'boolean' && type === 'number' ? Number(given) : given;
    const isGap = value === null || value === undefined || value !== value || (value === '' && type === 'string' && !levels?.includes(''));
    if (isGap) {
      if (gaps) return type === 'string' ? '' : NaN;
      throw new Error(`'${name}'${place} is missing, and the model takes no gaps there.`);
    }
    if (typeof value !== type) throw new Error(`'${name}'${place} is ${describe(given)}; a ${type} is needed.`);
    if (type === 'number' && !Number.isFinite(value)) throw new Error(`'${name}'${place} is ${String(value)}; a finite number is needed.`);
    if (allowed && !allowed.has(value as string))
      throw new Error(`'${name}'${place} is ${describe(value)}; the rows that the model was fitted on have ${some([...allowed])}.`);
    return value as number | string;
  };
}

const describe = (value: unknown): string =>
  typeof value === 'object' && value ? 'an object' : typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'nothing');

const some = (names: readonly unknown[]): string => names.slice(0, 8).join(', ') + (names.length > 8 ? ', ...' : '') || 'nothing';

function inputsOf({ inputs }: Graph, cells: readonly (readonly (number | string)[])[], columns: readonly ModelColumn[]): Tensors {
  const rows = cells.length;
  const [first] = inputs;
  if (inputs.length === 1 && first!.dims[1] === columns.length && first!.type !== 'string')
    return { [first!.name]: { type: first!.type, dims: [rows, columns.length], data: Float64Array.from(cells.flat() as number[]) } };
  const column = (j: number): GraphTensor['data'] => {
    const own = cells.map((row) => row[j]!);
    return columns[j]!.type === 'string' ? (own as string[]) : Float64Array.from(own as number[]);
  };
  return Object.fromEntries(inputs.map(({ name, type }, j) => [name, { type, dims: [rows, 1], data: column(j) }]));
}

function predictionOf(kind: ModelJson['kind'], classes: ModelJson['classes'], outputs: Tensors, row: number, rows: number): RowPrediction {
  const said: Record<string, unknown> = {};
  for (const [name, { type, data }] of Object.entries(outputs)) {
    const width = data.length / rows;
    const own = Array.from(data.slice(row * width, (row + 1) * width) as ArrayLike<unknown>);
    // A name that a column has too ends in a `_`.
    const output = name.replace(/_+$/, '');
    if (output === 'label')
      said['label'] =
        kind === 'multilabel'
          ? own.flatMap((bit, label) => (bit ? [label] : []))
          : type === 'bool'
            ? Boolean(own[0])
            : type === 'string'
              ? classes!.find((name) => String(name) === own[0])
              : own[0];
    else if (output === 'variable') said['value'] = width === 1 ? own[0] : own;
    else said[output === 'transformed' ? 'features' : output] = own;
  }
  return said;
}

/** @throws Error for a graph that somebody changed so that it cannot be run */
function graphOf({ nodes, tensors, inputs, outputs, versions }: JsonGraph, columns: number): Graph {
  const taken = inputs.length === 1 ? inputs[0]!.dims[1] : inputs.length;
  if (taken !== columns) throw new Error(`This model.json lists ${columns} columns, and its graph takes ${taken}.`);
  const known = new Set([...Object.keys(tensors), ...inputs.map(({ name }) => name)]);
  const need = (name: string): void => {
    if (!known.has(name)) throw new Error(`The graph of this model.json uses ${name}, which nothing in it makes.`);
  };
  for (const { op, inputs: from, outputs: to } of nodes) {
    if (!Object.hasOwn(operators, op)) throw new Error(`This predictor has no operator ${op}: run the model as ONNX.`);
    from.forEach(need);
    to.forEach((name) => known.add(name));
  }
  outputs.forEach(({ name }) => need(name));
  const of = <T, U>(fields: Readonly<Record<string, T>>, make: (one: T) => U): Record<string, U> =>
    Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, make(one)]));
  return {
    inputs: inputs as Graph['inputs'],
    outputs: outputs as Graph['outputs'],
    nodes: nodes.map((node) => ({ ...node, attributes: of(node.attributes ?? {}, attributeOf) })),
    tensors: of(tensors, tensorOf),
    versions,
  };
}

function attributeOf({ tensor, floats, float, ...rest }: JsonAttribute) {
  return {
    ...rest,
    ...(tensor ? { tensor: tensorOf(tensor) } : {}),
    ...(floats ? { floats: floats.map(numberOf) } : {}),
    ...(float === undefined ? {} : { float: numberOf(float) }),
  };
}

function tensorOf({ type, dims, data }: JsonTensor): GraphTensor {
  const count = dims.reduce((product, size) => product * size, 1);
  if (data.length !== count) throw new Error(`A tensor of this model.json has ${data.length} values in place of ${count}.`);
  if (type === 'string') return { type, dims, data: data as readonly string[] };
  const own = elements(type, data.length) as Numbers;
  for (let i = 0; i < own.length; i++) own[i] = numberOf(data[i]);
  return { type, dims, data: own };
}

/** 'NaN' and 'Infinity' are numbers, too. */
function numberOf(given: unknown): number {
  if (typeof given === 'number' || /^(NaN|-?Infinity)$/.test(String(given))) return Number(given);
  throw new Error(`This model.json has ${describe(given)} among its numbers.`);
}
