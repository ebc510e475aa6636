// Runs a graph, operator by operator, in the order of its nodes. No device, no dependency: a page can carry it.
import { budgetOf, NODE, spend, within, type Budget } from './budget.ts';
import type { Graph, GraphNode, GraphTensor } from './graph.ts';
import { areSizes, sizeOf, type Call, type Operators } from './tensors.ts';

/** Values by name, and what making more of them may take. */
export class Values extends Map<string, GraphTensor> {
  readonly budget: Budget;
  constructor(outer: Iterable<readonly [string, GraphTensor]>, budget: Budget) {
    super(outer);
    this.budget = budget;
  }
}
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
  checkNames(graph);
  const values = new Values(outer ?? [], outer?.budget ?? budgetOf(graph, inputs));
  for (const [name, tensor] of Object.entries(graph.tensors)) values.set(name, tensor);
  for (const { name, type, dims } of graph.inputs) {
    const tensor = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    // Bodies of loops say little of what they are given.
    if (tensor && !outer && (tensor.type !== type || !fits(tensor.dims, dims)))
      throw new Error(`The input '${name}' is ${type} ${sizes(dims)}, and ${tensor.type} ${sizes(tensor.dims)} came.`);
    if (tensor) values.set(name, tensor);
    else if (!values.has(name)) throw new Error(`The graph needs an input '${name}'.`);
  }
  return values;
}

/** Sizes that nobody knows fit all. */
const fits = (dims: readonly number[], declared: readonly (number | undefined)[]): boolean =>
  declared.every((size) => size === undefined) || (dims.length === declared.length && dims.every((size, i) => size === (declared[i] ?? size)));

const sizes = (dims: readonly (number | undefined)[]): string => `[${dims.map((size) => size ?? 'any').join(', ')}]`;

const checked = new WeakSet<readonly GraphNode[]>();

/** A name stands for one value. */
function checkNames({ nodes, inputs }: Graph): void {
  if (checked.has(nodes)) return;
  const names = new Set(inputs.map(({ name }) => name));
  if (names.size < inputs.length) throw new Error('Two inputs of the graph have one name.');
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (names.has(name)) throw new Error(`${operatorOf(node)} gives '${name}', and so does another node or an input.`);
      if (name !== '') names.add(name);
    }
  }
  checked.add(nodes);
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
  const name = operatorOf(node);
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!operator) throw new Error(`Operator ${name} is not among those that this program runs.`);
  try {
    within(values.budget, () => {
      spend(NODE);
      setOutputs(node, values, operator(inputsOf(node, values), callOf(graph, node, values, operators)));
    });
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
  node.outputs.forEach((name, i) => {
    const tensor = outputs[i];
    if (!tensor) return;
    if (!areSizes(tensor.dims) || sizeOf(tensor.dims) !== tensor.data.length)
      throw new Error(`it makes ${tensor.data.length} elements of ${sizes(tensor.dims)}`);
    values.set(name, tensor);
  });
}

/** What the operator of a node is told. */
export function callOf(graph: Graph, node: GraphNode, values: Values, operators: Operators): Call {
  return {
    attributes: node.attributes ?? NONE,
    version: Object.hasOwn(graph.versions, node.domain ?? '') ? graph.versions[node.domain ?? '']! : 1,
    outputs: node.outputs.length,
    run: (body, given) => {
      spend(values.size);
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
