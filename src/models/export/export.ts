// A fitted model for programs of other kinds: as an ONNX file, or as JSON that a page predicts from.
import type { JsonRecord } from '../../core/events.ts';
import type { Attribute, Graph, GraphTensor } from '../graph/graph.ts';
import { writeOnnx } from '../onnx/write.ts';
import type { JsonAttribute, JsonGraph, JsonNumber, JsonTensor, ModelJson } from '../predictor/modelJson.ts';
import { modelGraph } from './modelGraph.ts';

export interface OnnxOptions {
  /** What else the file says, as `save` writes it: the dataset, scores. Default nothing. */
  readonly about?: JsonRecord | undefined;
  /** What numbers come in and go out as: 'float' (default), or 'double', without which a time in seconds is off by a minute. */
  readonly numbers?: 'float' | 'double' | undefined;
}

/**
 * A fitted model as an ONNX file (operators of version 17, `ai.onnx.ml` 3), with all that rows go through before it.
 *
 * Where all columns are numbers, the input is `X`, `[rows, columns]`; otherwise each column is an input under its name, `[rows, 1]`, names
 * as strings, '' for none. A classifier gives `label`, `[rows]`, `probabilities`, `[rows, classes]`, where it has some, and `scores`; a
 * regressor `variable`; models of labels, clusters and outliers `label` and `scores`; a transformer `transformed`. An output whose name a
 * column has gets a `_`. Inside, numbers are float64; what trees add up is float32. The same model always gives the same bytes.
 *
 * @throws E_USAGE for a model that has no such operators, with those that do
 * @example
 * const { status, values } = await runPipeline(detector, { values: ['model'] });
 * if (status === 'ok') download(await modelToOnnx(values.model));
 * declare function download(bytes: Uint8Array): void;
 */
export async function modelToOnnx(model: object, { about = {}, numbers = 'float' }: OnnxOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { graph, kind, columns, classes } = await modelGraph(model, numbers);
  return writeOnnx(graph, { kind, columns: JSON.stringify(columns), ...(classes ? { classes: JSON.stringify(classes) } : {}), about: JSON.stringify(about) });
}

/**
 * A fitted model as plain JSON, from which `predictor` of `pipeline-gpu/predictor` predicts without this package: a file of 10 kB for
 * pages, workers and servers.
 *
 * @param about what else it says, as `save` writes it: the dataset, scores
 * @throws E_USAGE for a model that has no such operators, with those that do
 * @example
 * const { status, values } = await runPipeline(detector, { values: ['model'] });
 * if (status === 'ok') localStorage.setItem('model', JSON.stringify(await modelToJson(values.model)));
 */
export async function modelToJson(model: object, about: JsonRecord = {}): Promise<ModelJson> {
  const { graph, kind, columns, classes } = await modelGraph(model, 'double');
  return { format: 'pipeline-gpu', version: 1, kind, columns, ...(classes ? { classes } : {}), about, graph: jsonGraph(graph) };
}

function jsonGraph({ inputs, outputs, nodes, tensors, versions }: Graph): JsonGraph {
  const values = (all: Graph['inputs']): JsonGraph['inputs'] => all.map(({ name, type, dims }) => ({ name, type, dims: dims.map((size) => size ?? null) }));
  return {
    inputs: values(inputs),
    outputs: values(outputs),
    nodes: nodes.map(({ op, domain, inputs: from, outputs: to, attributes = {} }) => ({
      op,
      ...(domain ? { domain } : {}),
      inputs: from,
      outputs: to,
      ...(Object.keys(attributes).length > 0 ? { attributes: mapped(attributes, jsonAttribute) } : {}),
    })),
    tensors: mapped(tensors, jsonTensor),
    versions,
  };
}

function mapped<T, U>(fields: Readonly<Record<string, T>>, make: (one: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, make(one)]));
}

function jsonAttribute({ tensor, float, floats, graph: _, ...rest }: Attribute): JsonAttribute {
  return {
    ...rest,
    ...(tensor ? { tensor: jsonTensor(tensor) } : {}),
    ...(float === undefined ? {} : { float: jsonNumber(float) }),
    ...(floats ? { floats: floats.map(jsonNumber) } : {}),
  };
}

function jsonTensor({ type, dims, data }: GraphTensor): JsonTensor {
  return { type, dims, data: type === 'string' ? (data as readonly string[]) : Array.from(data as Float64Array, jsonNumber) };
}

const jsonNumber = (value: number): JsonNumber => (Number.isFinite(value) ? value : (String(value) as JsonNumber));
