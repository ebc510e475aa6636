// The interpreter of graphs: what operators give, by ONNX's words, and what it says of graphs that cannot run.
import { describe, expect, test } from 'vitest';
import type { Attribute, ElementType, Graph, GraphTensor } from '../../src/models/graph/graph.ts';
import { basic } from '../../src/models/graph/operators/basic.ts';
import { runGraph, unknownOperators } from '../../src/models/graph/run.ts';
import { filled } from '../../src/models/graph/tensors.ts';

function tensor(
  dims: readonly number[],
  list: readonly (number | string)[],
  type: ElementType = typeof list[0] === 'string' ? 'string' : 'float',
): GraphTensor {
  return filled(type, dims, (i) => list[i]!);
}

function run(op: string, inputs: readonly GraphTensor[], attributes: Readonly<Record<string, Attribute>> = {}, outputs = 1): readonly GraphTensor[] {
  const names = inputs.map((_, i) => `in${i}`);
  const out = Array.from({ length: outputs }, (_, i) => `out${i}`);
  const graph: Graph = {
    inputs: names.map((name, i) => ({ name, type: inputs[i]!.type, dims: inputs[i]!.dims })),
    outputs: out.map((name) => ({ name, type: 'float', dims: [] })),
    nodes: [{ op: op.split(':').at(-1)!, domain: op.includes(':') ? op.split(':')[0] : undefined, inputs: names, outputs: out, attributes }],
    tensors: {},
    versions: { '': 18, 'ai.onnx.ml': 3 },
  };
  const results = runGraph(graph, Object.fromEntries(names.map((name, i) => [name, inputs[i]!])), basic);
  return out.map((name) => results[name]!);
}

const one = (...given: Parameters<typeof run>): { readonly dims: readonly number[]; readonly data: readonly (number | string)[] } => {
  const [{ dims, data }] = run(...given) as [GraphTensor];
  return { dims, data: [...data] };
};

describe('operators', () => {
  test('spread sizes to each other, from the last axis on', () => {
    expect(one('Add', [tensor([2, 3], [0, 1, 2, 3, 4, 5]), tensor([3], [10, 20, 30])])).toEqual({ dims: [2, 3], data: [10, 21, 32, 13, 24, 35] });
    expect(one('Sub', [tensor([2, 1], [1, 2]), tensor([1, 2], [10, 20])])).toEqual({ dims: [2, 2], data: [-9, -19, -8, -18] });
    expect(() => run('Add', [tensor([2], [1, 2]), tensor([3], [1, 2, 3])])).toThrow("Add that gives 'out0': sizes [2] and [3] do not fit together");
  });

  test('round a float when it is stored, and a double never', () => {
    expect(one('Div', [tensor([1], [1]), tensor([1], [3])]).data).toEqual([Math.fround(1 / 3)]);
    expect(one('Div', [tensor([1], [1], 'double'), tensor([1], [3], 'double')]).data).toEqual([1 / 3]);
    expect(one('Div', [tensor([2], [7, -7], 'int64'), tensor([1], [2], 'int64')]).data).toEqual([3, -3]);
  });

  test('multiply matrices, one by one where there are several', () => {
    const a = tensor([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(one('MatMul', [a, tensor([2, 1], [1, -1])])).toEqual({ dims: [2, 2, 1], data: [-1, -1, -1, -1] });
    const gemm = { transA: { int: 1 }, transB: { int: 1 }, alpha: { float: 2 }, beta: { float: 0.5 } };
    expect(one('Gemm', [tensor([2, 1], [3, 4]), tensor([2, 2], [1, 2, 3, 4]), tensor([2], [10, 20])], gemm)).toEqual({ dims: [1, 2], data: [27, 60] });
  });

  test('reduce along axes', () => {
    const x = tensor([2, 3], [1, 2, 3, 6, 5, 4]);
    expect(one('ReduceSum', [x, tensor([1], [-1], 'int64')], { keepdims: { int: 0 } })).toEqual({ dims: [2], data: [6, 15] });
    expect(one('ReduceMax', [x])).toEqual({ dims: [1, 1], data: [6] });
    expect(one('ArgMax', [x], { axis: { int: 1 } })).toEqual({ dims: [2, 1], data: [2, 0] });
    expect(one('ReduceLogSumExp', [tensor([1, 2], [1000, 1000], 'double'), tensor([1], [1], 'int64')]).data[0]).toBeCloseTo(1000 + Math.log(2), 10);
  });

  test('cut, turn and join', () => {
    const x = tensor([2, 3], [0, 1, 2, 3, 4, 5]);
    const ints = (...list: number[]): GraphTensor => tensor([list.length], list, 'int64');
    expect(one('Transpose', [x])).toEqual({ dims: [3, 2], data: [0, 3, 1, 4, 2, 5] });
    expect(one('Slice', [x, ints(-1), ints(-9), ints(1), ints(-2)])).toEqual({ dims: [2, 2], data: [2, 0, 5, 3] });
    expect(one('Gather', [x, ints(-1, 0)], { axis: { int: 1 } })).toEqual({ dims: [2, 2], data: [2, 0, 5, 3] });
    expect(one('Concat', [x, tensor([2, 1], [8, 9])], { axis: { int: -1 } })).toEqual({ dims: [2, 4], data: [0, 1, 2, 8, 3, 4, 5, 9] });
    expect(one('Reshape', [x, ints(0, -1, 1)]).dims).toEqual([2, 3, 1]);
  });

  test('label rows by the largest score, and of two classes by the sign of one', () => {
    const attributes = {
      coefficients: { floats: [1, 0] },
      intercepts: { floats: [-2] },
      classlabels_strings: { strings: ['no', 'yes'] },
      post_transform: { string: 'LOGISTIC' },
    };
    const [label, scores] = run('ai.onnx.ml:LinearClassifier', [tensor([2, 2], [1, 9, 5, 9])], attributes, 2);
    expect(label!.data).toEqual(['no', 'yes']);
    expect(scores!.dims).toEqual([2, 2]);
    expect(scores!.data[1]).toBeCloseTo(1 / (1 + Math.E), 6);
  });

  test('lead rows through trees, those with gaps where the node says', () => {
    const attributes = {
      nodes_treeids: { ints: [0, 0, 0] },
      nodes_nodeids: { ints: [0, 1, 2] },
      nodes_featureids: { ints: [0, 0, 0] },
      nodes_values: { floats: [0.5, 0, 0] },
      nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
      nodes_truenodeids: { ints: [1, 0, 0] },
      nodes_falsenodeids: { ints: [2, 0, 0] },
      nodes_missing_value_tracks_true: { ints: [1, 0, 0] },
      target_treeids: { ints: [0, 0] },
      target_nodeids: { ints: [2, 1] },
      target_ids: { ints: [0, 0] },
      target_weights: { floats: [20, 10] },
      base_values: { floats: [1] },
    };
    const x = tensor([3, 1], [0.5, 0.6, NaN]);
    expect(one('ai.onnx.ml:TreeEnsembleRegressor', [x], attributes)).toEqual({ dims: [3, 1], data: [11, 21, 11] });
    const round = { ...attributes, nodes_truenodeids: { ints: [0, 0, 0] } };
    expect(() => run('ai.onnx.ml:TreeEnsembleRegressor', [x], round)).toThrow('two ways lead to its node 0');
  });
});

test('operators that a graph needs and nobody has are named, those of graphs within it, too', () => {
  const node = { op: 'Dream', domain: 'org.example', inputs: [], outputs: ['y'] };
  const inner: Graph = { inputs: [], outputs: [], nodes: [node], tensors: {}, versions: {} };
  const graph: Graph = { ...inner, nodes: [{ op: 'Add', inputs: [], outputs: ['x'], attributes: { body: { graph: inner } } }] };
  expect(unknownOperators(graph, basic)).toEqual([node]);
  expect(() => runGraph(inner, {}, basic)).toThrow('Operator org.example:Dream is not among those that this program runs.');
});
