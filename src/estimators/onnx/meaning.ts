// What the outputs of a graph mean: labels and scores of classes, values, clusters, or new features. Exporters have no common names
// for them, so it is read off what makes them.
import { PipelineError } from '../../core/errors/errors.ts';
import type { ClassName } from '../../core/data/dataset.ts';
import type { Graph, GraphNode, GraphTensor } from '../../models/graph/graph.ts';
import { operatorOf, type Tensors } from '../../models/graph/run.ts';
import type { OnnxKind } from '../../models/onnx/asModel.ts';

export interface Meaning {
  readonly kind: OnnxKind;
  /** Output with a label a row. */
  readonly label?: string | undefined;
  /** Output with numbers: scores, values, distances or features. */
  readonly scores?: string | undefined;
  /** How many of them a row has. */
  readonly width: number;
  /** Of a classifier: what the file calls its classes, in the order of the scores. */
  readonly names: readonly ClassName[];
  /** Whether scores are probabilities. */
  readonly likely: boolean;
}

/**
 * @param name of the file, for errors
 * @param probed what the graph gave for some rows
 * @param asked the kind, where the user says it
 */
export function meaningOf(name: string, graph: Graph, probed: Tensors, asked: OnnxKind | undefined): Meaning {
  const refuse = (what: string, hint: string): PipelineError => new PipelineError('E_DATA', `${name} ${what}.`, { hint });
  const outputs = graph.outputs.map(({ name }) => ({ name, tensor: probed[name]! }));
  const rows = Math.max(...outputs.map(({ tensor }) => tensor.dims[0] ?? 1));
  const label = outputs.find(({ tensor }) => !isReal(tensor));
  const scores = outputs.find(({ tensor }) => isReal(tensor));
  const width = scores ? scores.tensor.data.length / rows : 0;
  const base = { label: label?.name, scores: scores?.name, width, names: [], likely: false };
  if (!label || asked === 'regressor' || asked === 'transformer') {
    if (!scores) throw refuse('gives no numbers', "Export a model that does, or leave 'kind' out.");
    if (asked === 'classifier') throw refuse('gives no labels', "Leave 'kind' out: it is a regressor or a transformer.");
    return { ...base, kind: asked ?? (isRegression(graph, scores.name) || width === 1 ? 'regressor' : 'transformer') };
  }
  if (label.tensor.data.length !== rows)
    throw refuse(
      `gives ${label.tensor.data.length / rows} labels for each row`,
      "Export one model for each label, or take its scores: { kind: 'transformer' }.",
    );
  const found = namesOf(graph, label.name, width);
  if (asked === 'clusterer' || found === 'nearest') return { ...base, kind: 'clusterer' };
  const sides = (label.tensor.data as Float64Array).every((side: number) => side === 1 || side === -1);
  if (asked === 'outlierDetector' || (!found && width === 1 && sides)) return { ...base, kind: 'outlierDetector' };
  if (found?.length === 1) throw refuse(`has one class alone: ${found[0]}`, 'Export a model that was fitted on rows of several classes.');
  if (!found || found.length < 2) throw refuse('gives labels, and does not say which there are', "Take its scores as features: { kind: 'transformer' }.");
  const given: readonly ClassName[] = label.tensor.type === 'bool' ? found.map(Boolean) : found;
  if (new Set(given).size !== given.length) throw refuse(`names a class twice: ${given.join(', ')}`, 'Export the model again.');
  return { ...base, kind: 'classifier', names: given, likely: width === given.length && areShares(scores!.tensor, width) };
}

const isReal = ({ type }: GraphTensor): boolean => type === 'float' || type === 'double';

const REGRESSORS = new Set(['LinearRegressor', 'SVMRegressor', 'TreeEnsembleRegressor'].map((op) => `ai.onnx.ml:${op}`));

function isRegression(graph: Graph, output: string): boolean {
  return graph.nodes.some((node) => node.outputs.includes(output) && REGRESSORS.has(operatorOf(node)));
}

/** What changes the form of labels and not which they are. */
const PASSING = new Set(['Cast', 'Flatten', 'Identity', 'Reshape', 'Squeeze']);

/**
 * Classes as what makes the label names them, in the order of the scores; 'nearest' for the place of the smallest distance. Undefined
 * where the graph does not say.
 */
function namesOf(graph: Graph, label: string, width: number): readonly (number | string)[] | 'nearest' | undefined {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  let node = makers.get(label);
  while (node && PASSING.has(node.op)) node = makers.get(node.inputs[0]!);
  const own = node && listedBy(graph, node);
  if (own) return own;
  if (node?.op === 'ArgMin') return 'nearest';
  if (node?.op === 'ArgMax') return Array.from({ length: width }, (_, i) => i);
  // Some way further up, as many as there are scores.
  const seen = new Set<GraphNode>();
  const open = node && width > 1 ? [node] : [];
  for (let next = open.shift(); next; next = open.shift()) {
    const listed = listedBy(graph, next);
    if (listed?.length === width) return listed;
    for (const input of next.inputs) {
      const maker = makers.get(input);
      if (maker && !seen.has(maker)) open.push(maker);
      if (maker) seen.add(maker);
    }
  }
  return undefined;
}

/** Classes that a node lists: its attribute, or the table that places are looked up in. */
function listedBy(graph: Graph, { op, inputs, attributes = {} }: GraphNode): readonly (number | string)[] | undefined {
  const listed = attributes['classlabels_strings']?.strings ?? attributes['classlabels_int64s']?.ints ?? attributes['classlabels_ints']?.ints;
  if (listed?.length) return listed;
  const table = op === 'ArrayFeatureExtractor' || op === 'Gather' ? graph.tensors[inputs[0]!] : undefined;
  return table && table.data.length > 1 ? [...table.data] : undefined;
}

/** Whether numbers of rows are shares of one: of those rows for which there are any. */
function areShares({ data }: GraphTensor, width: number): boolean {
  const values = data as Float64Array;
  let seen = false;
  for (let begin = 0; begin < values.length; begin += width) {
    const row = values.subarray(begin, begin + width);
    if (!row.every((value: number) => Number.isFinite(value))) continue;
    seen = true;
    const total = row.reduce((sum: number, value: number) => sum + value, 0);
    if (Math.abs(total - 1) > 1e-4 || row.some((value: number) => value < -1e-6)) return false;
  }
  return seen;
}
