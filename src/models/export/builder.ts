// Makes a graph operator by operator. Inside it all numbers are float64, whatever comes in and goes out: a time in seconds loses nothing
// on its way, and what an ONNX runtime says is what the model says.
import type { Attribute, ElementType, Graph, GraphNode, GraphTensor, GraphValue } from '../graph/graph.ts';
import { codeOf } from '../graph/types.ts';

/** Name of a value of the graph. */
export type Value = string;

export type Attributes = Readonly<Record<string, Attribute>>;

/** Versions of the operators that are used here: those of 2021, which every runtime knows. */
const VERSIONS = { '': 17, 'ai.onnx.ml': 3 };

export class GraphBuilder {
  readonly #inputs: GraphValue[] = [];
  readonly #outputs: GraphValue[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #tensors: Record<string, GraphTensor> = {};
  readonly #taken: Set<string>;
  #count = 0;

  /** @param inputs names of all that will come in: nothing else is called so */
  constructor(inputs: readonly string[]) {
    this.#taken = new Set(inputs);
  }

  /** A value that comes in, under its own name. */
  input(name: string, type: ElementType, cols: number): Value {
    this.#inputs.push({ name, type, dims: [undefined, cols] });
    return name;
  }

  /** A value that goes out: `name`, or with a `_` where a column is called so. */
  output(name: string, value: Value, type: ElementType, dims: GraphValue['dims']): void {
    const free = this.#free(name);
    this.#nodes.push({ op: 'Cast', inputs: [value], outputs: [free], attributes: { to: { int: codeOf(type) } } });
    this.#outputs.push({ name: free, type, dims });
  }

  /** An output that is made of texts, which cannot be cast. */
  outputOf(name: string, op: string, inputs: readonly Value[], attributes: Attributes, type: ElementType, dims: GraphValue['dims']): void {
    const free = this.#free(name);
    this.#nodes.push({ op, inputs, outputs: [free], attributes });
    this.#outputs.push({ name: free, type, dims });
  }

  op(op: string, inputs: readonly Value[], attributes: Attributes = {}, domain?: string): Value {
    const output = this.#free(`${op.toLowerCase()}${++this.#count}`);
    this.#nodes.push({ op, ...(domain ? { domain } : {}), inputs, outputs: [output], attributes });
    return output;
  }

  /** The same with several outputs. */
  ops(op: string, inputs: readonly Value[], count: number, attributes: Attributes = {}): readonly Value[] {
    const outputs = Array.from({ length: count }, () => this.#free(`${op.toLowerCase()}${++this.#count}`));
    this.#nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  /** Given numbers, as float64. */
  numbers(values: ArrayLike<number>, dims: readonly number[]): Value {
    return this.#tensor({ type: 'double', dims, data: Float64Array.from(values) });
  }

  /** One number beside every other. */
  number(value: number): Value {
    return this.numbers([value], []);
  }

  /** Given whole numbers, as a list. */
  ints(values: readonly number[]): Value {
    return this.#tensor({ type: 'int64', dims: [values.length], data: Float64Array.from(values) });
  }

  tensor(tensor: GraphTensor): Value {
    return this.#tensor(tensor);
  }

  cast(value: Value, type: ElementType): Value {
    return this.op('Cast', [value], { to: { int: codeOf(type) } });
  }

  graph(): Graph {
    return { inputs: this.#inputs, outputs: this.#outputs, nodes: this.#nodes, tensors: this.#tensors, versions: VERSIONS };
  }

  #tensor(tensor: GraphTensor): Value {
    const name = this.#free(`given${++this.#count}`);
    this.#tensors[name] = tensor;
    return name;
  }

  #free(name: string): string {
    if (this.#taken.has(name)) return this.#free(`${name}_`);
    this.#taken.add(name);
    return name;
  }
}
