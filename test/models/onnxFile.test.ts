// ONNX files as graphs and back, judged by onnxruntime; and files that something happened to.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/models/graph/graph.ts';
import { basic } from '../../src/models/graph/operators/basic.ts';
import { runGraph } from '../../src/models/graph/run.ts';
import { filled } from '../../src/models/graph/tensors.ts';
import { readOnnx } from '../../src/models/onnx/read.ts';
import { fieldsOf, intsOf, Message } from '../../src/models/onnx/wire.ts';
import { writeOnnx } from '../../src/models/onnx/write.ts';
import { runWithOnnxRuntime } from '../support/onnxRuntime.ts';

/** Every type of element and of attribute, and a graph within. */
const tree = {
  nodes_treeids: { ints: [0, 0, 0] },
  nodes_nodeids: { ints: [0, 1, 2] },
  nodes_featureids: { ints: [1, 0, 0] },
  nodes_values: { floats: [0.25, 0, 0] },
  nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
  nodes_truenodeids: { ints: [1, 0, 0] },
  nodes_falsenodeids: { ints: [2, 0, 0] },
  nodes_missing_value_tracks_true: { ints: [0, 0, 0] },
  // Of two classes the share of one alone, as skl2onnx writes it: with both, onnxruntime takes any share above 0 for the second.
  class_treeids: { ints: [0, 0] },
  class_nodeids: { ints: [1, 2] },
  class_ids: { ints: [0, 0] },
  class_weights: { floats: [0.25, 1] },
  classlabels_strings: { strings: ['nein', 'größer'] },
  post_transform: { string: 'NONE' },
};

const graph: Graph = {
  inputs: [{ name: 'x', type: 'float', dims: [undefined, 2] }],
  outputs: [
    { name: 'label', type: 'string', dims: [undefined] },
    { name: 'p', type: 'float', dims: [undefined, 2] },
    { name: 'y', type: 'double', dims: [undefined, 1] },
  ],
  nodes: [
    { op: 'TreeEnsembleClassifier', domain: 'ai.onnx.ml', inputs: ['x'], outputs: ['label', 'p'], attributes: tree },
    { op: 'Cast', inputs: ['x'], outputs: ['wide'], attributes: { to: { int: 11 } } },
    { op: 'Gather', inputs: ['wide', 'second'], outputs: ['column'], attributes: { axis: { int: -1 } } },
    { op: 'Gemm', inputs: ['column', 'w', 'b'], outputs: ['y'], attributes: { alpha: { float: 0.5 } } },
  ],
  tensors: {
    second: { type: 'int64', dims: [1], data: Float64Array.of(-1) },
    w: { type: 'double', dims: [1, 1], data: Float64Array.of(Math.PI) },
    b: { type: 'double', dims: [], data: Float64Array.of(-1e-7) },
  },
  versions: { '': 15, 'ai.onnx.ml': 2 },
};

const x = filled('float', [4, 2], (i) => [0, 0.25, 5, 0.5, 1, -3, 0, NaN][i]!);

describe('an ONNX file', () => {
  const bytes = writeOnnx(graph, { about: 'größer' });

  test('is read as what was written', () => {
    expect(readOnnx('m.onnx', bytes)).toEqual({ graph, producer: 'pipeline-gpu', metadata: { about: 'größer' } });
    expect(writeOnnx(readOnnx('m.onnx', bytes).graph, { about: 'größer' })).toEqual(bytes);
  });

  test('gives in onnxruntime what the interpreter gives', async () => {
    const theirs = await runWithOnnxRuntime(bytes, { x });
    const ours = runGraph(graph, { x }, basic);
    expect(theirs['label']!.data).toEqual(ours['label']!.data);
    expect(theirs['label']!.data).toEqual(['nein', 'größer', 'nein', 'größer']);
    expect(theirs['p']).toEqual(ours['p']);
    expect(theirs['y']).toEqual(ours['y']);
  });

  test('that was cut off anywhere is refused, or is another whole model', () => {
    let refused = 0;
    for (let length = 0; length < bytes.length; length++) {
      try {
        readOnnx('m.onnx', bytes.subarray(0, length));
      } catch (error) {
        expect((error as Error).message).toMatch(/^m\.onnx (is no ONNX model, or is cut off|cannot be used): /);
        refused++;
      }
    }
    // What may follow the graph, versions and metadata, are fields of their own.
    expect(refused).toBeGreaterThan(bytes.length - 60);
  });

  test('with bytes changed gives a clear error or some model, soon', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = bytes.slice();
        for (const [at, value] of changes) changed[at] = value;
        try {
          readOnnx('m.onnx', changed);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('E_DATA');
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('whole numbers are read as they were written, packed or one by one', () => {
  const numbers = fc.maxSafeInteger();
  fc.assert(
    fc.property(numbers, fc.array(numbers), (one, list) => {
      const message = new Message().int(3, one).ints(8, list).int(8, one).done();
      const [first, packed, last] = [...fieldsOf(message)];
      expect(first!.int).toBe(one);
      expect(intsOf(packed!)).toEqual(list);
      expect(intsOf(last!)).toEqual([one]);
    }),
  );
});

describe('what graphs do not have is refused by name:', () => {
  const model = (graph: Message): Uint8Array => new Message().int(1, 8).message(7, graph).done();
  const value = (type: Message): Message => new Message().text(1, 'scores').message(2, type);

  test('weights in another file', () => {
    const tensor = new Message().ints(1, [2]).int(2, 1).text(8, 'w').int(14, 1);
    expect(() => readOnnx('m.onnx', model(new Message().message(5, tensor)))).toThrow("m.onnx cannot be used: its tensor 'w' is kept in another file");
  });
  test('elements of other types', () => {
    const tensor = new Message().ints(1, [1]).int(2, 10).text(8, 'w');
    expect(() => readOnnx('m.onnx', model(new Message().message(5, tensor)))).toThrow("its tensor 'w' has elements of ONNX's type 10");
  });
  test('maps', () => {
    expect(() => readOnnx('m.onnx', model(new Message().message(12, value(new Message().message(5, new Message())))))).toThrow(
      "'scores' is a list or a map, not a tensor",
    );
  });
  test('more elements than the file holds', () => {
    const tensor = new Message().ints(1, [1e9, 1e6]).int(2, 1).text(8, 'w').bytes(9, new Uint8Array(8));
    expect(() => readOnnx('m.onnx', model(new Message().message(5, tensor)))).toThrow("its tensor 'w' holds 2 elements of [1000000000, 1000000]");
  });
});
