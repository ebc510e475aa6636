// Graphs that are malformed, or made to exhaust whoever runs them: each is an error that says why, soon.
import { describe, expect, test } from 'vitest';
import type { Attribute, ElementType, Graph, GraphNode, GraphTensor } from '../../src/models/graph/graph.ts';
import { further } from '../../src/models/graph/operators/further.ts';
import { runGraph } from '../../src/models/graph/run.ts';
import { filled } from '../../src/models/graph/tensors.ts';
import { readOnnx } from '../../src/models/onnx/read.ts';
import { Message } from '../../src/models/onnx/wire.ts';
import { writeOnnx } from '../../src/models/onnx/write.ts';

type Tensors = Readonly<Record<string, GraphTensor>>;

const tensor = (dims: readonly number[], list: readonly number[], type: ElementType = 'float'): GraphTensor => filled(type, dims, (i) => list[i]!);
const ints = (...list: number[]): GraphTensor => tensor([list.length], list, 'int64');

function graphOf(nodes: readonly GraphNode[], tensors: Tensors, output = 'y'): Graph {
  return { inputs: [], outputs: [{ name: output, type: 'float', dims: [] }], nodes, tensors, versions: { '': 18, 'ai.onnx.ml': 3 } };
}

const run = (nodes: readonly GraphNode[], tensors: Tensors, output?: string): Tensors => runGraph(graphOf(nodes, tensors, output), {}, further);

/** One operator on tensors `a`, `b` ... */
function ran(op: string, inputs: readonly GraphTensor[], attributes: Readonly<Record<string, Attribute>> = {}, outputs: readonly string[] = ['y']): Tensors {
  const [name, domain] = op.split(':').toReversed();
  const names = inputs.map((_, i) => 'abc'[i]!);
  return run([{ op: name!, domain, inputs: names, outputs, attributes }], Object.fromEntries(names.map((one, i) => [one, inputs[i]!])));
}

const TOO_MUCH = 'it takes more work or memory than a model of its size needs';

describe('work and memory without end:', () => {
  const body = (nodes: readonly GraphNode[], name: string): Graph => ({
    inputs: [
      { name: `round${name}`, type: 'int64', dims: [] },
      { name: `on${name}`, type: 'bool', dims: [] },
    ],
    outputs: [{ name: `more${name}`, type: 'bool', dims: [] }],
    nodes: [...nodes, { op: 'Identity', inputs: [`on${name}`], outputs: [`more${name}`] }],
    tensors: {},
    versions: {},
  });
  const loop = (graph: Graph, rounds: string): GraphNode => ({ op: 'Loop', inputs: [rounds, 'yes'], outputs: [], attributes: { body: { graph } } });

  test('loops within loops, and one that never ends', () => {
    const tensors = { times: ints(2000), yes: tensor([], [1], 'bool') };
    expect(() => run([loop(body([loop(body([], 'in'), 'times')], 'out'), 'times')], tensors, 'times')).toThrow(TOO_MUCH);
    expect(() => run([loop(body([], 'in'), '')], tensors, 'times')).toThrow(TOO_MUCH);
  });
  test('a tensor that is doubled again and again', () => {
    const doubles = Array.from({ length: 26 }, (_, i) => ({
      op: 'Concat',
      inputs: [`v${i}`, `v${i}`],
      outputs: [`v${i + 1}`],
      attributes: { axis: { int: 0 } },
    }));
    expect(() => run(doubles, { v0: tensor([1], [1]) }, 'v26')).toThrow(TOO_MUCH);
  });
  test('sizes that are only named', () => {
    expect(() => ran('ConstantOfShape', [ints(3e8)])).toThrow(TOO_MUCH);
    expect(() => ran('Expand', [tensor([1], [1]), ints(1e5, 1e5)])).toThrow(TOO_MUCH);
    expect(() => ran('Range', [tensor([], [0]), tensor([], [1]), tensor([], [0])])).toThrow(TOO_MUCH);
    expect(() => ran('ai.onnx.ml:TreeEnsembleRegressor', [tensor([2, 1], [1, 2])], { n_targets: { int: 1e8 } })).toThrow(TOO_MUCH);
  });
  test('products of what is small', () => {
    const square = [{ op: 'ConstantOfShape', inputs: ['size'], outputs: ['x'] }];
    expect(() => run([...square, { op: 'MatMul', inputs: ['x', 'x'], outputs: ['y'] }], { size: ints(2000, 2000) })).toThrow(TOO_MUCH);
    const attributes = { equation: { string: 'i,j,k->' } };
    const vector = [{ op: 'ConstantOfShape', inputs: ['size'], outputs: ['x'] }];
    expect(() => run([...vector, { op: 'Einsum', inputs: ['x', 'x', 'x'], outputs: ['y'], attributes }], { size: ints(6000) })).toThrow(TOO_MUCH);
  });
  test('a model may take more for more rows, and for a larger file', () => {
    const nodes = [{ op: 'CDist', domain: 'com.microsoft', inputs: ['x', 'fit'], outputs: ['y'] }];
    const graph: Graph = { ...graphOf(nodes, { fit: tensor([2000, 4], []) }), inputs: [{ name: 'x', type: 'float', dims: [undefined, 4] }] };
    expect(runGraph(graph, { x: tensor([5000, 4], []) }, further)['y']!.dims).toEqual([5000, 2000]);
  });
});

describe('sizes that do not fit:', () => {
  const six = tensor([6], [0, 1, 2, 3, 4, 5]);
  test('Reshape', () => {
    expect(() => ran('Reshape', [six, ints(4, -1)])).toThrow('[6] cannot become [4, 1.5]');
    expect(() => ran('Reshape', [six, ints(-1, -1)])).toThrow('cannot become');
  });
  test('Split', () => {
    const four = tensor([4], [0, 1, 2, 3]);
    expect(() => ran('Split', [four, ints(2, 3)], {}, ['y', 'z'])).toThrow('4 are split into 2 parts: 2, 3');
    expect(() => ran('Split', [four, ints(1, 1)], {}, ['y', 'z'])).toThrow('4 are split into 2 parts: 1, 1');
  });
  test('products', () => {
    expect(() => ran('MatMul', [tensor([], [3]), tensor([], [3])])).toThrow('a single number is no matrix');
    expect(() => ran('Gemm', [tensor([1, 1], [1]), tensor([1, 2], [1, 2]), tensor([5], [1, 2, 3, 4, 5])])).toThrow('do not fit together');
    expect(() => ran('Gemm', [tensor([1, 1], [1]), tensor([1, 2], [1, 2]), tensor([3, 2], [1, 2, 3, 4, 5, 6])])).toThrow('[3, 2] is not added to [1, 2]');
    expect(() => ran('com.microsoft:CDist', [tensor([1, 2], [1, 2]), tensor([1, 3], [1, 2, 3])])).toThrow('rows of 2 are compared with rows of 3');
    expect(() => ran('Einsum', [tensor([2], [1, 2]), tensor([3], [1, 2, 3])], { equation: { string: 'i,i->' } })).toThrow("axes 'i' of 2 and of 3");
  });
  test('Transpose and Tile', () => {
    expect(() => ran('Transpose', [tensor([2, 3], [])], { perm: { ints: [0, 0] } })).toThrow('axes [0, 0] of 2');
    expect(() => ran('Tile', [tensor([2, 3], []), ints(2)])).toThrow('[2, 3] is repeated [2] times');
  });
  test('tables of trees', () => {
    const stump = {
      nodes_treeids: { ints: [0, 0, 0] },
      nodes_nodeids: { ints: [0, 1, 2] },
      nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
      nodes_featureids: { ints: [0, 0, 0] },
      nodes_values: { floats: [0, 0, 0] },
      nodes_truenodeids: { ints: [1, 0, 0] },
      nodes_falsenodeids: { ints: [2, 0, 0] },
      target_nodeids: { ints: [1, 2] },
      target_treeids: { ints: [0, 0] },
      target_ids: { ints: [0, 1] },
      target_weights: { floats: [5, 6] },
      n_targets: { int: 2 },
    };
    const of = (changed: Readonly<Record<string, Attribute>>): Tensors =>
      ran('ai.onnx.ml:TreeEnsembleRegressor', [tensor([2, 1], [-1, 1])], { ...stump, ...changed });
    expect([...of({})['y']!.data]).toEqual([5, 0, 0, 6]);
    expect(() => of({ nodes_values: { floats: [0] } })).toThrow('the tables of its nodes differ in length');
    expect(() => of({ target_weights: { floats: [5] } })).toThrow('the tables of its leaves differ in length');
    expect(() => of({ target_ids: { ints: [0, 7] } })).toThrow('a leaf is of target 7, counted from 0, of 2');
    expect(() => of({ nodes_featureids: { ints: [-1, 0, 0] } })).toThrow('feature -1');
    expect(() => of({ nodes_modes: { strings: ['constructor', 'LEAF', 'LEAF'] } })).toThrow("nodes of mode 'constructor'");
  });
  test('inputs that are not what the graph declares', () => {
    const scale = [{ op: 'Scaler', domain: 'ai.onnx.ml', inputs: ['x'], outputs: ['y'] }];
    const graph: Graph = { ...graphOf(scale, {}), inputs: [{ name: 'x', type: 'float', dims: [undefined, 3] }] };
    expect(() => runGraph(graph, { x: tensor([2, 2], []) }, further)).toThrow("The input 'x' is float [any, 3], and float [2, 2] came.");
    expect(() => runGraph(graph, { x: tensor([2, 3], [], 'double') }, further)).toThrow('and double [2, 3] came');
    expect(runGraph(graph, { x: tensor([2, 3], []) }, further)['y']!.dims).toEqual([2, 3]);
  });
});

describe('names', () => {
  const w = tensor([1], [3]);
  test('that two nodes give', () => {
    const nodes = ['Identity', 'Neg'].map((op) => ({ op, inputs: ['w'], outputs: ['y'] }));
    expect(() => run(nodes, { w })).toThrow("Neg gives 'y', and so does another node or an input.");
  });
  test('of operators are looked up among these alone', () =>
    expect(() => ran('constructor', [w])).toThrow('Operator constructor is not among those that this program runs.'));
  test('of inputs are looked up among those given', () => {
    const graph: Graph = {
      ...graphOf([{ op: 'Neg', inputs: ['constructor'], outputs: ['y'] }], {}),
      inputs: [{ name: 'constructor', type: 'float', dims: [1] }],
    };
    expect(() => runGraph(graph, {}, further)).toThrow("The graph needs an input 'constructor'.");
  });
  test('of a tensor may be anything', () => {
    const nodes = [{ op: 'Neg', inputs: ['__proto__'], outputs: ['y'] }];
    const { graph } = readOnnx('m.onnx', writeOnnx(graphOf(nodes, Object.fromEntries([['__proto__', w]]))));
    expect([...runGraph(graph, {}, further)['y']!.data]).toEqual([-3]);
  });
});

describe('a whole file with what this program cannot hold says so:', () => {
  const file = (graph: Message): Uint8Array => new Message().int(1, 8).message(7, graph).done();

  test('a number beyond those that JavaScript counts', () => {
    const bytes = new Uint8Array(BigInt64Array.of(9_007_199_254_740_993n).buffer);
    const raw = new Message().ints(1, [1]).int(2, 7).text(8, 'k').bytes(9, bytes);
    const message = 'm.onnx cannot be used: the whole number 9007199254740993 is beyond what JavaScript counts exactly';
    expect(() => readOnnx('m.onnx', file(new Message().message(5, raw)))).toThrow(message);
    // The same, and its opposite, as numbers of the wire.
    for (const [number, last] of [
      ['9007199254740993', Uint8Array.of(0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10)],
      ['-9007199254740993', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0xff, 0x01)],
    ] as const) {
      const packed = new Message().ints(1, [1]).int(2, 7).text(8, 'k').bytes(7, last);
      expect(() => readOnnx('m.onnx', file(new Message().message(5, packed)))).toThrow(`the whole number ${number} is beyond`);
    }
  });

  test('graphs that are nested too deep', () => {
    let graph = new Message().text(2, 'g');
    for (let i = 0; i < 30; i++)
      graph = new Message().message(1, new Message().text(4, 'If').message(5, new Message().text(1, 'then_branch').message(6, graph).int(20, 5)));
    expect(() => readOnnx('m.onnx', file(graph))).toThrow('m.onnx cannot be used: it nests more than 20 graphs');
  });
});
