// Runs a graph, operator by operator, in the order of its nodes. No device, no dependency: a page can carry it.
import type { Graph, GraphNode, GraphTensor } from './graph.ts';
import type { Call, Operators } from './tensors.ts';

export type Values = Map<string, GraphTensor>;
export type Tensors = Readonly<Record<string, GraphTensor>>;

/** The name by which a node's operator is found: `MatMul`, `ai.onnx.ml:Scaler`. */
export function operatorOf({ op, domain }: GraphNode): string {
  return !domain || domain === 'ai.onnx' ? op : `${domain}:${op}`;
}

/** Operators that a graph asks for and that are not among these, by name. */
export function unknownOperators(graph: Graph, operators: Operators): readonly GraphNode[] {
  return graph.nodes.flatMap((node) => [
    ...(Object.hasOwn(operators, operatorOf(node)) ? [] : [node]),
    ...Object.values(node.attributes ?? {}).flatMap(({ graph: body }) => (body ? unknownOperators(body, operators) : [])),
  ]);
}

/**
 * What a graph gives for these inputs, by name.
 *
 * @throws Error that names the node which could not be run, and why
 */
export function runGraph(graph: Graph, inputs: Tensors, operators: Operators): Tensors {
  return outputsOf(graph, valuesOf(graph, inputs), (values) => {
    for (const node of graph.nodes) runNode(graph, node, values, operators);
  });
}

/** The values that are there before the first node. */
export function valuesOf(graph: Graph, inputs: Tensors, outer?: Values): Values {
  const values: Values = new Map(outer);
  for (const [name, tensor] of Object.entries(graph.tensors)) values.set(name, tensor);
  for (const { name } of graph.inputs) {
    const tensor = inputs[name];
    if (tensor) values.set(name, tensor);
    else if (!values.has(name)) throw new Error(`The graph needs an input '${name}'.`);
  }
  return values;
}

export function outputsOf(graph: Graph, values: Values, run: (values: Values) => void): Tensors {
  run(values);
  return Object.fromEntries(
    graph.outputs.map(({ name }) => {
      const tensor = values.get(name);
      if (!tensor) throw new Error(`No node of the graph gives its output '${name}'.`);
      return [name, tensor];
    }),
  );
}

/** Runs one node and sets what it gives. */
export function runNode(graph: Graph, node: GraphNode, values: Values, operators: Operators): void {
  const operator = operators[operatorOf(node)];
  if (!operator) throw new Error(`Operator ${operatorOf(node)} is not among those that this program runs.`);
  try {
    setOutputs(node, values, operator(inputsOf(node, values), callOf(graph, node, values, operators)));
  } catch (cause) {
    throw new Error(`${operatorOf(node)} that gives '${node.outputs[0]}': ${(cause as Error).message}`, { cause });
  }
}

export function inputsOf(node: GraphNode, values: Values): readonly (GraphTensor | undefined)[] {
  return node.inputs.map((name) => {
    const tensor = values.get(name);
    if (!tensor && name !== '') throw new Error(`nothing gives '${name}'`);
    return tensor;
  });
}

export function setOutputs(node: GraphNode, values: Values, given: GraphTensor | readonly GraphTensor[]): void {
  const outputs = Array.isArray(given) ? (given as readonly GraphTensor[]) : [given as GraphTensor];
  node.outputs.forEach((name, i) => outputs[i] && values.set(name, outputs[i]));
}

/** What the operator of a node is told. */
export function callOf(graph: Graph, node: GraphNode, values: Values, operators: Operators): Call {
  return {
    attributes: node.attributes ?? NONE,
    version: graph.versions[node.domain ?? ''] ?? 1,
    outputs: node.outputs.length,
    run: (body, given) => {
      const inner = { ...body, versions: graph.versions };
      const inputs = Object.fromEntries(body.inputs.map(({ name }, i) => [name, given[i]!]));
      const results = outputsOf(inner, valuesOf(inner, inputs, values), (own) => {
        for (const one of inner.nodes) runNode(inner, one, own, operators);
      });
      return body.outputs.map(({ name }) => results[name]!);
    },
  };
}

const NONE = {};
