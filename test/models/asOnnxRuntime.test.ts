// Operators where ONNX's words leave something open, or are easily misread: they give what onnxruntime gives.
import { describe, expect, test } from 'vitest';
import type { Attribute, ElementType, Graph, GraphTensor } from '../../src/models/graph/graph.ts';
import { further } from '../../src/models/graph/operators/further.ts';
import { runGraph } from '../../src/models/graph/run.ts';
import { filled } from '../../src/models/graph/tensors.ts';
import { writeOnnx } from '../../src/models/onnx/write.ts';
import { runWithOnnxRuntime } from '../support/onnxRuntime.ts';

type Attributes = Readonly<Record<string, Attribute>>;

const tensor = (type: ElementType, dims: readonly number[], list: readonly (number | string)[]): GraphTensor => filled(type, dims, (i) => list[i]!);

function graphOf(op: string, x: GraphTensor, attributes: Attributes, outputs: readonly ElementType[], ml = 3): Graph {
  const [name, domain] = op.split(':').toReversed();
  return {
    inputs: [{ name: 'x', type: x.type, dims: x.dims }],
    outputs: outputs.map((type, i) => ({ name: `y${i}`, type, dims: x.dims.map(() => undefined).slice(0, outputs.length > 1 ? i + 1 : undefined) })),
    nodes: [{ op: name!, domain, inputs: ['x'], outputs: outputs.map((_, i) => `y${i}`), attributes }],
    tensors: {},
    versions: { '': 18, 'ai.onnx.ml': ml },
  };
}

const ours = (...given: Parameters<typeof graphOf>): Readonly<Record<string, GraphTensor>> => runGraph(graphOf(...given), { x: given[1] }, further);

/** Runs one operator here and there. */
async function expectSame(...given: Parameters<typeof graphOf>): Promise<void> {
  const theirs = await runWithOnnxRuntime(writeOnnx(graphOf(...given)), { x: given[1] });
  const own = ours(...given);
  for (const [name, { type, dims, data }] of Object.entries(theirs)) {
    expect(own[name]).toMatchObject({ type, dims });
    if (type === 'float') [...(data as Float32Array)].forEach((value, i) => expect(own[name]!.data[i]).toBeCloseTo(value, 5));
    else expect([...own[name]!.data]).toEqual([...data]);
  }
}

const x = tensor('float', [4, 1], [-1, 0.1, 0.5, 2]);
const POST = ['NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO'];
const CLASSIFIED: readonly ElementType[] = ['int64', 'float'];

/** One tree with three leaves. */
const tree = (ids: readonly number[], weights: readonly number[], classes: readonly number[], base?: readonly number[]): Attributes => ({
  nodes_treeids: { ints: [0, 0, 0, 0, 0] },
  nodes_nodeids: { ints: [0, 1, 2, 3, 4] },
  nodes_featureids: { ints: [0, 0, 0, 0, 0] },
  nodes_values: { floats: [0, 0, 1, 0, 0] },
  nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF'] },
  nodes_truenodeids: { ints: [1, 0, 3, 0, 0] },
  nodes_falsenodeids: { ints: [2, 0, 4, 0, 0] },
  class_treeids: { ints: [0, 0, 0] },
  class_nodeids: { ints: [1, 3, 4] },
  class_ids: { ints: ids },
  class_weights: { floats: weights },
  classlabels_int64s: { ints: classes },
  ...(base && { base_values: { floats: base } }),
});
const TREES = 'ai.onnx.ml:TreeEnsembleClassifier';

describe.each(POST)('two classes after %s:', (kind) => {
  const post_transform = { string: kind };
  const WEIGHTS = [
    [0.25, 0.75, 0.5],
    [-1, 0.5, 0.2],
  ];

  test('trees with weights of the first class, and base values', async () => {
    for (const weights of WEIGHTS)
      for (const base of [undefined, [0.3], [0.1, 0.4]]) await expectSame(TREES, x, { ...tree([0, 0, 0], weights, [5, 3], base), post_transform }, CLASSIFIED);
  });

  test('trees with weights of the second class', async () => {
    for (const weights of WEIGHTS) await expectSame(TREES, x, { ...tree([1, 1, 1], weights, [5, 3]), post_transform }, CLASSIFIED);
  });

  test('one linear score', () =>
    expectSame(
      'ai.onnx.ml:LinearClassifier',
      x,
      { coefficients: { floats: [1] }, intercepts: { floats: [-0.2] }, classlabels_ints: { ints: [5, 3] }, post_transform },
      CLASSIFIED,
    ));

  test('support vectors, with likelihoods and without', async () => {
    const machine: Attributes = {
      coefficients: { floats: [1, -0.5] },
      rho: { floats: [0.1] },
      classlabels_ints: { ints: [5, 3] },
      vectors_per_class: { ints: [1, 1] },
      support_vectors: { floats: [0.5, -1] },
      kernel_params: { floats: [0, 0, 0] },
      post_transform,
    };
    await expectSame('ai.onnx.ml:SVMClassifier', x, machine, CLASSIFIED);
    await expectSame('ai.onnx.ml:SVMClassifier', x, { ...machine, prob_a: { floats: [-1] }, prob_b: { floats: [0.1] } }, CLASSIFIED);
  });

  test('weights of classes in place of support vectors', async () => {
    for (const coefficients of [[1, -0.5], [0.2, 0.1], [-1, -2], [1]])
      for (const rho of [0.1, -0.3, 0.4]) {
        const attributes = { coefficients: { floats: coefficients }, rho: { floats: [rho] }, kernel_params: { floats: [0, 0, 0] }, post_transform };
        await expectSame('ai.onnx.ml:SVMClassifier', x, { ...attributes, classlabels_ints: { ints: coefficients.map((_, i) => 5 - i) } }, CLASSIFIED);
      }
  });
});

test('of several classes those that no leaf of a row speaks of are not its label', async () => {
  await expectSame(TREES, x, tree([1, 1, 2], [-1, -0.5, -0.2], [5, 3, 9]), CLASSIFIED);
  await expectSame(TREES, x, tree([0, 1, 2], [-1, -0.5, -0.2], [5, 3, 9], [0.1, 0.4, -0.2]), CLASSIFIED);
});

// Here onnxruntime gives the label 1, which the file does not name.
test('one class has one score, and is the label', () => {
  for (const kind of POST) {
    const { y0, y1 } = ours(TREES, x, { ...tree([0, 0, 0], [0.25, 0.75, 0.5], [7]), post_transform: { string: kind } }, CLASSIFIED);
    expect([...y0!.data]).toEqual([7, 7, 7, 7]);
    expect(y1).toEqual(tensor('float', [4, 1], [0.25, 0.75, 0.75, 0.5]));
  }
});

test('a class that is not named is an error', () => {
  const attributes = { coefficients: { floats: [1] }, intercepts: { floats: [0] } };
  expect(() => ours('ai.onnx.ml:LinearClassifier', x, attributes, CLASSIFIED)).toThrow('it names 0 classes, and a row is of class 0, counted from 0');
});

test.each(['MAX', 'L1', 'L2'])('rows with negative numbers, and with zeros, by the norm %s', (norm) =>
  expectSame('ai.onnx.ml:Normalizer', tensor('float', [4, 2], [-4, 2, -1, -3, 0, 0, 0, -2]), { norm: { string: norm } }, ['float']),
);

describe('a cast', () => {
  const NUMBERS = [1e8, 123456789, -0, 1 / 3, 1e-5, 1e-4, 123.456, 1e7, 99999999, 0.1, 1234567.891, 1e30, -1e-7, NaN, Infinity, -Infinity, 1, 1e20];
  test.each(['float', 'double'] as const)('of %s writes eight digits', (type) =>
    expectSame('Cast', tensor(type, [NUMBERS.length], NUMBERS), { to: { int: 8 } }, ['string']),
  );
  test('of whole numbers writes all digits', () => expectSame('Cast', tensor('int64', [3], [123456789012, -5, 0]), { to: { int: 8 } }, ['string']));
  test('of texts reads numbers', async () => {
    for (const to of [1, 11])
      await expectSame('Cast', tensor('string', [7], [' 1 ', '1e5', '-inf', 'Infinity', '.5', '+1.', '0x10']), { to: { int: to } }, [
        to === 1 ? 'float' : 'double',
      ]);
  });
  test.each(['', ' ', '0b1', '1e400', 'abc'])("of the text '%s' is an error", (text) =>
    expect(() => ours('Cast', tensor('string', [1], [text]), { to: { int: 1 } }, ['float'])).toThrow(`'${text}' is no number`),
  );
  test('of no number to whole numbers is an error', () =>
    expect(() => ours('Cast', tensor('string', [1], ['nan']), { to: { int: 7 } }, ['int64'])).toThrow("'nan' is no whole number"));
});

test.each(['ReduceMean', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSum'])('%s of whole numbers is whole', (op) =>
  expectSame(op, tensor('int64', [2, 2], [1, 4, 2, 3]), {}, ['int64']),
);

test('a mean of negative whole numbers is cut towards zero', () => expectSame('ReduceMean', tensor('int64', [1, 2], [-1, -4]), {}, ['int64']));

describe.each([2, 4])('of version %i an encoder of labels', (version) => {
  const encode = (x: GraphTensor, keys: Attributes): Promise<void> =>
    expectSame('ai.onnx.ml:LabelEncoder', x, { ...keys, values_int64s: { ints: [1, 2, 3] } }, ['int64'], version);
  test('takes the first of equal keys', async () => {
    await encode(tensor('string', [3], ['a', 'b', 'c']), { keys_strings: { strings: ['a', 'b', 'a'] } });
    await encode(tensor('float', [3], [-0, 0, 3]), { keys_floats: { floats: [0, -0, 3] } });
  });
  test('finds what is no number, or not', () => encode(tensor('float', [3], [NaN, 2, 3]), { keys_floats: { floats: [1, NaN, 3] } }));
});
