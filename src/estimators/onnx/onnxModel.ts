// A model of another library: the graph of an ONNX file, as a model of this house.
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { Categories } from '../../core/data/matrix.ts';
import { labelArray, type Labels } from '../../core/data/labels.ts';
import type { ClassName } from '../../core/data/dataset.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { Clusterer, Device, OutlierDetector, RowsOf, Takes, Transformer } from '../../dsl/estimator.ts';
import { contextOf } from '../../dsl/stage/context.ts';
import type { Graph, GraphTensor } from '../../models/graph/graph.ts';
import { further } from '../../models/graph/operators/further.ts';
import { operatorOf, runGraph, unknownOperators, type Tensors } from '../../models/graph/run.ts';
import { filled } from '../../models/graph/tensors.ts';
import { readOnnx } from '../../models/onnx/read.ts';
import { classifierOf, clustererOf, outlierDetectorOf, regressorOf, transformerOf, type FittedClassifier, type FittedRegressor } from '../define/models.ts';
import type { OnnxKind, OnnxModelOptions } from '../../models/onnx/asModel.ts';
import { meaningOf, type Meaning } from './meaning.ts';
import { runOnDevice } from './onDevice.ts';
import { inputsFor, namesKnown, probe, tensorsOf, type InputsOf } from './rows.ts';

export type { OnnxKind, OnnxModelOptions };

/** A model that an ONNX file holds. */
export type OnnxModel = (FittedClassifier | FittedRegressor | Transformer | Clusterer | OutlierDetector) & Encodable;

/** Numbers of rows that a graph is run on at once: those of its inputs and of some tensors behind them. */
const CELLS = 2e6;

/** What makes something of gaps. Elsewhere they become no number, or, where distances are ordered, any class. */
const FOR_GAPS = /^(?:IsNaN|ai\.onnx\.ml:(?:Imputer|TreeEnsemble\w*))$/;

/** The last versions whose operators are known here, and the first. */
const VERSIONS: Readonly<Record<string, readonly [first: number, last: number]>> = { '': [7, 26], 'ai.onnx.ml': [1, 5] };

/**
 * The model of an ONNX file, such as skl2onnx writes of scikit-learn's: it predicts, and is evaluated, as any other. Its heavy operators
 * run on the device, all others on the host.
 *
 * @param name of the file, for errors
 * @throws E_DATA for a file that is no ONNX model or is cut off, and for one with an operator that is not run here
 * @example
 * const bytes = new Uint8Array(await (await globalThis.fetch('iris.onnx')).arrayBuffer());
 * const model = modelFromOnnx<FittedClassifier>('iris.onnx', bytes);
 */
export function modelFromOnnx<M extends object = FittedClassifier>(name: string, bytes: Uint8Array, { kind, classNames }: OnnxModelOptions = {}): M {
  const { graph, producer, metadata } = readOnnx(name, bytes);
  checkGraph(name, graph);
  const inputs = inputsFor(name, graph, metadata);
  const meaning = meaningOf(name, graph, tried(name, graph, inputs), kind);
  if (classNames) checkNames(name, meaning, classNames);
  const gaps = meaning.kind === 'transformer' || graph.nodes.some((node) => FOR_GAPS.test(operatorOf(node)));
  const says = sayer(name, graph, { ...inputs, gaps }, meaning);
  const summary = { file: name, producer, operators: [...new Set(graph.nodes.map(operatorOf))].toSorted() };
  const takes: readonly Takes[] = graph.inputs.some(({ type }) => type === 'string') ? ['gaps', 'categories'] : gaps ? ['gaps'] : [];
  const { cols, columns } = inputs;
  const categories = namesKnown(inputs, graph);
  const model = made(name, meaning, says, { summary, classNames, ...(categories ? { categories } : {}) });
  const fields = { name, bytes: Uint8Array.from(bytes), ...(kind ? { kind } : {}), ...(classNames ? { classNames } : {}) };
  return {
    ...model,
    takes,
    ...(cols === undefined ? {} : { cols }),
    ...(columns ? { columns } : {}),
    ...(categories ? { categories } : {}),
    [encodeAs]: { type: TYPE, fields },
  } as OnnxModel as unknown as M;
}

const TYPE = registerType('onnxModel', ({ name, bytes, ...options }: OnnxModelOptions & { readonly name: string; readonly bytes: Uint8Array }) =>
  modelFromOnnx<OnnxModel>(name, bytes, options),
);

function checkNames(name: string, { kind, names }: Meaning, classNames: readonly ClassName[]): void {
  if (kind !== 'classifier')
    throw new PipelineError('E_DATA', `${name} is a ${kind}, and classes were named: ${classNames.join(', ')}.`, { hint: "Leave 'classNames' out." });
  if (classNames.length === names.length && new Set(classNames).size === names.length) return;
  throw new PipelineError('E_DATA', `${name} has the classes ${names.join(', ')}, and these were named: ${classNames.join(', ')}.`, {
    hint: 'Name each class once, in the order of the labels.',
  });
}

function checkGraph(name: string, graph: Graph): void {
  for (const [domain, version] of Object.entries(graph.versions)) {
    const [first, last] = VERSIONS[domain] ?? [];
    if (first === undefined || last === undefined || (version >= first && version <= last)) continue;
    throw new PipelineError(
      'E_DATA',
      `${name} uses version ${version} of the operators of '${domain || 'ai.onnx'}'; versions ${first} to ${last} are known here.`,
      {
        hint: `Export it for one of these: target_opset={'': 18, 'ai.onnx.ml': 3} of skl2onnx.`,
      },
    );
  }
  const given = new Set([...Object.keys(graph.tensors), ...graph.inputs.map((input) => input.name), '']);
  for (const { op, inputs, outputs } of graph.nodes) {
    const missing = inputs.find((input) => !given.has(input));
    if (missing !== undefined)
      throw new PipelineError('E_DATA', `${name} is no whole graph: its ${op} needs '${missing}', which nothing before it gives.`, { hint: CHECK });
    for (const output of outputs) given.add(output);
  }
  const lost = graph.outputs.find((output) => !given.has(output.name));
  if (lost) throw new PipelineError('E_DATA', `${name} is no whole graph: nothing gives its output '${lost.name}'.`, { hint: CHECK });
  const [node] = unknownOperators(graph, further);
  if (!node) return;
  throw new PipelineError(
    'E_DATA',
    `${name} needs the operator ${node.op} of ${node.domain ?? 'ai.onnx'}, in the node that gives '${node.outputs[0]}', and that is not run here.`,
    {
      hint: 'Export the part of the model behind it, such as the classifier of a pipeline, and do that step by a stage of your own.',
    },
  );
}

const CHECK = 'Check the file with onnx.checker.check_model, or export the model in another way.';

/** What the graph gives for a few rows that are made up; where it takes no such rows, as an encoder may, what its outputs say of themselves. */
function tried(name: string, graph: Graph, inputs: InputsOf): Tensors {
  let reason: unknown;
  for (const cell of [(i: number) => (i * 7) % 5, () => 1, () => 0]) {
    try {
      return runGraph(graph, probe(inputs, graph, cell), further);
    } catch (cause) {
      reason ??= cause;
    }
  }
  if (!reasonOf(reason).includes('not among what this program runs') && graph.outputs.every(({ dims }) => dims.slice(1).every((size) => size !== undefined))) {
    return Object.fromEntries(
      graph.outputs.map(({ name, type, dims }) => [name, filled(type, [1, ...dims.slice(1).map((size) => size!)], () => (type === 'string' ? '' : NaN))]),
    );
  }
  throw new PipelineError('E_DATA', `${name} does not run: ${reasonOf(reason)}.`, {
    hint: CHECK,
    cause: reason,
  });
}

/** What the graph gives for rows, by output. Asked twice of the same rows, as for decisions and labels, it runs once. */
function sayer(
  name: string,
  graph: Graph,
  inputs: InputsOf & { readonly gaps: boolean },
  { kind, scores, width }: Meaning,
): (data: RowsOf, context?: Device) => Promise<ReadonlyMap<string, readonly (number | string)[] | Float64Array>> {
  const known = new WeakMap<
    Uint32Array,
    { readonly data: RowsOf; readonly outputs: Promise<ReadonlyMap<string, Float64Array | readonly (number | string)[]>> }
  >();
  const run = async (data: RowsOf, context: Device): Promise<ReadonlyMap<string, Float64Array | readonly (number | string)[]>> => {
    const parts = new Map<string, GraphTensor[]>(graph.outputs.map((output) => [output.name, []]));
    for await (const { from, tensors } of tensorsOf(inputs, data, Math.ceil(CELLS / Math.max(1, data.x.cols)))) {
      try {
        const given = await runOnDevice(graph, tensors, () => context.compute());
        const lost = scores === undefined || kind === 'transformer' ? -1 : (given[scores]!.data as Float64Array).findIndex(Number.isNaN);
        if (lost >= 0) {
          throw new PipelineError('E_DATA', `${name} gives no number for row ${data.rows[from + Math.floor(lost / width)]} of ${data.name}.`, {
            hint: 'Fill its gaps, or leave the row out.',
          });
        }
        for (const [output, list] of parts) list.push(given[output]!);
      } catch (cause) {
        if (cause instanceof PipelineError) throw cause;
        throw new PipelineError('E_DATA', `${name} cannot be asked of ${data.name}: ${reasonOf(cause)}.`, {
          hint: 'Give rows with the columns that the model was exported for.',
          cause,
        });
      }
    }
    return new Map([...parts].map(([output, list]) => [output, joined(list)]));
  };
  return (data, context = contextOf(undefined)) => {
    const before = known.get(data.rows);
    if (before && before.data.x === data.x && before.data.scaling === data.scaling) return before.outputs;
    const outputs = run(data, context);
    known.set(data.rows, { data, outputs });
    outputs.catch(() => known.delete(data.rows));
    return outputs;
  };
}

function joined(parts: readonly GraphTensor[]): Float64Array | readonly (number | string)[] {
  if (parts.some(({ type }) => type === 'string')) return parts.flatMap(({ data }) => [...(data as readonly string[])]);
  const all = new Float64Array(parts.reduce((count, { data }) => count + data.length, 0));
  let at = 0;
  for (const { data } of parts) {
    all.set(data as Float64Array, at);
    at += data.length;
  }
  return all;
}

type Sayer = ReturnType<typeof sayer>;

/** What is known of a model beside what it says. */
interface Told {
  readonly summary: { readonly [key: string]: string | readonly string[] };
  /** What codes of a single row mean. */
  readonly categories?: Categories | undefined;
  readonly classNames?: readonly ClassName[] | undefined;
}

function made(name: string, meaning: Meaning, says: Sayer, told: Told): object {
  const { kind, scores, width } = meaning;
  const numbers = async (data: RowsOf, context?: Device): Promise<Float64Array> => (await says(data, context)).get(scores!) as Float64Array;
  if (kind === 'regressor') return regressorOf({ ...told, outputs: width, predict: numbers });
  if (kind === 'clusterer') return clustererOf({ ...told, clusters: width, scaling: undefined, transform: numbers });
  if (kind === 'outlierDetector') return outlierDetectorOf({ ...told, offset: 0, decisionFunction: numbers });
  if (kind === 'transformer') {
    return transformerOf({
      summary: told.summary,
      outputs: width,
      outputColumns: Array.from({ length: width }, (_, i) => `${scores}${i}`),
      transform: numbers,
    });
  }
  return classifier(name, meaning, says, told);
}

function classifier(name: string, { label, scores, width, names, likely }: Meaning, says: Sayer, { classNames: called, ...told }: Told): FittedClassifier {
  // Labels that datasets may have are taken as they are; all else is a name.
  const own = names.every((one) => typeof one === 'number' && Number.isInteger(one) && one >= 0 && one < 2 ** 24);
  const order = own ? [...names.keys()].toSorted((a, b) => (names[a] as number) - (names[b] as number)) : [...names.keys()];
  const classNames = called ?? (own ? undefined : names);
  const classes = own && !called ? order.map((at) => names[at] as number) : [...names.keys()];
  const codes = new Map<ClassName, number>(order.map((at, code) => [names[at]!, code]));
  const codesOf = async (data: RowsOf, context?: Device): Promise<Labels> => {
    const labels = (await says(data, context)).get(label!)!;
    const found = labelArray(labels.length, classes.length - 1);
    labels.forEach((given, row) => {
      const code = codes.get(typeof names[0] === 'boolean' ? Boolean(given) : given);
      if (code === undefined)
        throw new PipelineError('E_DATA', `${name} gives the label ${given}, and names only ${names.join(', ')}.`, { hint: 'Export the model again.' });
      found[row] = code;
    });
    return found;
  };
  const table = async (data: RowsOf, context?: Device): Promise<Float64Array> => {
    const given = (await says(data, context)).get(scores!) as Float64Array;
    return own ? given.map((_, i) => given[i - (i % width) + order[i % width]!]!) : given;
  };
  const decisionFunction = async (data: RowsOf, context?: Device): Promise<Float64Array> => {
    const count = classes.length;
    if (width === 1 && count === 2) return (await says(data, context)).get(scores!) as Float64Array;
    if (width !== count) {
      // Scores of something else, such as pairs of classes: the label is all that is known.
      const labels = await codesOf(data, context);
      if (count === 2) return Float64Array.from(labels, (code) => 2 * code - 1);
      return Float64Array.from({ length: labels.length * count }, (_, i) => Number(labels[Math.floor(i / count)] === i % count));
    }
    const all = await table(data, context);
    // Of two classes: how far the second is ahead, which of scores -s and s is s.
    return count === 2 ? Float64Array.from({ length: all.length / 2 }, (_, row) => (all[2 * row + 1]! - all[2 * row]!) / 2) : all;
  };
  return classifierOf({
    ...told,
    classes,
    ...(classNames ? { classNames } : {}),
    decisionFunction,
    predictions: codesOf,
    ...(likely ? { probabilities: (_: Float64Array, data: RowsOf, context?: Device) => table(data, context) } : {}),
  });
}
