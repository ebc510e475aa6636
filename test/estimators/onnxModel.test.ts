// Models of ONNX files: they predict and are evaluated as others are, on the host and on a device, and say which files they cannot run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import type { Clusterer, OutlierDetector, RowsOf, Transformer } from '../../src/dsl/estimator.ts';
import type { FittedClassifier, FittedRegressor } from '../../src/estimators/define/models.ts';
import { runOnDevice } from '../../src/estimators/onnx/onDevice.ts';
import { modelFromOnnx, type OnnxModel } from '../../src/estimators/onnx/onnxModel.ts';
import { modelFromBytes, modelToBytes } from '../../src/models/modelFile.ts';
import type { Graph } from '../../src/models/graph/graph.ts';
import { operatorOf } from '../../src/models/graph/run.ts';
import { readOnnx } from '../../src/models/onnx/read.ts';
import { writeOnnx } from '../../src/models/onnx/write.ts';
import { fromOnnx } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { fedTo, worstError, type Figures } from '../support/onnxFigures.ts';
import { stageContext } from '../support/smallSets.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/onnx');
type File = Figures & { readonly onnx: string };

const { files } = JSON.parse(readFileSync(join(FOLDER, 'index.json'), 'utf8')) as { readonly files: readonly Figures[] };
const reference = files.map((file): File => ({ ...file, onnx: readFileSync(join(FOLDER, file.file)).toString('base64') }));
const more = JSON.parse(gunzipSync(readFileSync(join(FOLDER, 'more.json.gz'))).toString()) as readonly File[];
const all = [...reference, ...more];
const bytesOf = (name: string): Buffer => Buffer.from(all.find(({ file }) => file === name)!.onnx, 'base64');
const host = stageContext(new ReferenceCompute({ loops: true }));
const compute = await testCompute();

/** Rows of a file's figures, with names as codes. */
function rowsOf({ inputs }: Figures): RowsOf {
  const names = Object.keys(inputs);
  const parts = Object.values(inputs);
  const rows = parts[0]!.map((_, row) => parts.flatMap((part) => part[row]!));
  const cols = rows[0]!.length;
  const categories = rows[0]!.map((cell, column) => (typeof cell === 'string' ? [...new Set(rows.map((row) => String(row[column])))] : null));
  const data = rows.flatMap((row) => row.map((cell, column) => (typeof cell === 'string' ? categories[column]!.indexOf(cell) : (cell ?? NaN))));
  const x: Matrix = matrix(rows.length, cols, Float64Array.from(data));
  return {
    name: 'rows',
    x: categories.some((one) => one) ? { ...x, categories } : x,
    rows: Uint32Array.from(rows.keys()),
    ...(names.length > 1 ? { columns: names } : {}),
  };
}

/** What a model says, by the kind of output that files have. */
async function said(model: OnnxModel, rows: RowsOf): Promise<{ readonly labels?: readonly unknown[]; readonly numbers: readonly number[] }> {
  if (model.kind === 'regressor') return { numbers: [...(await (model as FittedRegressor).predict(rows, host))] };
  if (model.kind === 'transformer') return { numbers: [...(await (model as Transformer).transform(rows, host)).data] };
  if (model.kind === 'clusterer')
    return { labels: [...(await (model as Clusterer).predict(rows, host))], numbers: [...(await (model as Clusterer).transform(rows, host))] };
  if (model.kind === 'outlierDetector') {
    return {
      labels: [...(await (model as OutlierDetector).predict(rows, host))],
      numbers: [...(await (model as OutlierDetector).decisionFunction(rows, host))],
    };
  }
  const { classes, classNames, predict, predictProba } = model as FittedClassifier;
  const labels = [...(await predict(rows, host))].map((label) => classNames?.[classes.indexOf(label)] ?? label);
  return { labels, numbers: predictProba ? [...(await predictProba(rows, host))] : [] };
}

describe('a model says what its file says:', () => {
  // Several labels a row, operators that are not run, and rows that an output of its own is made of.
  const usable = all
    .filter(({ file, onnxruntime }) => onnxruntime && !/-labels|^multi|^t-(knn-impute|minibatch|kmeans)/.test(file))
    .concat(all.filter(({ file }) => file === 'logistic-labels.onnx'));
  test.each(usable)('$file', async (file) => {
    const model = modelFromOnnx<OnnxModel>(file.file, Buffer.from(file.onnx, 'base64'));
    const { labels, numbers } = await said(model, rowsOf(file));
    const outputs = Object.values(file.onnxruntime!).map((output) => [output].flat(3));
    if (labels) expect(labels.map(String)).toEqual(outputs[0]!.map(String));
    if (numbers.length > 0) {
      const wanted = outputs.find(({ length }, i) => length === numbers.length && (i > 0 || !labels))!;
      expect(worstError({ y: wanted as number[] }, { y: { type: 'double', dims: [], data: Float64Array.from(numbers) } })).toBeLessThanOrEqual(1e-5);
    }
  });
});

describe('heavy operators say the same on the device:', () => {
  const HEAVY = /^(MatMul|Gemm|ai.onnx.ml:(Linear|SVM|TreeEnsemble).*)$/;
  const used = all.filter(
    ({ file, onnx }) =>
      !/knn-impute|gp-class|tfidf|count|kmeans/.test(file) &&
      readOnnx(file, Buffer.from(onnx, 'base64')).graph.nodes.some((node) => HEAVY.test(operatorOf(node))),
  );
  // One file of each kind of model: what is drawn is told by its operators.
  const kinds = new Map(used.map((file) => [readOnnx(file.file, Buffer.from(file.onnx, 'base64')).graph.nodes.map(operatorOf).join(), file]));
  test.each([...reference.filter((file) => used.includes(file)), ...kinds.values()])('$file', async ({ file, onnx, inputs, onnxruntime, sklearn }) => {
    const { graph } = readOnnx(file, Buffer.from(onnx, 'base64'));
    let asked = 0;
    const open = async (): Promise<typeof compute> => (asked++, compute);
    const outputs = await runOnDevice(graph, fedTo(graph, inputs), open, 0);
    // Doubles and rows with gaps stay on the host.
    if (reference.some((one) => one.file === file)) expect(asked).toBeGreaterThan(0);
    const [label, scores = label] = graph.outputs.map(({ name }) => name);
    const wanted = onnxruntime ?? { [label!]: sklearn!['predict']!, ...(scores !== label && { [scores!]: sklearn!['predict_proba']! }) };
    expect(worstError(wanted, outputs)).toBeLessThanOrEqual(1e-5);
  });
});

test('a model of classes is evaluated on rows by the names of these, or by their numbers', async () => {
  const file = all.find((one) => one.file === 'logistic-names.onnx')!;
  const rows = rowsOf(file);
  const model = modelFromOnnx('logistic-names.onnx', bytesOf(file.file));
  expect(model.classNames).toEqual(['setosa', 'versicolor', 'virginica']);
  const labels = await model.predict(rows, host);
  // The same classes in another order of numbers.
  const data = { ...rows, role: 'test' as const, labels: Uint8Array.from(labels, (label) => 2 - label), classNames: ['virginica', 'versicolor', 'setosa'] };
  expect(await model.score(data, host)).toBe(1);
  const { prediction, probability } = await model.predictRow(Float64Array.of(5, 3.4, 1.5, 0.2), host);
  expect(prediction).toBe('setosa');
  expect(probability).toBeGreaterThan(0.9);
  const numbered = modelFromOnnx('logistic.onnx', bytesOf('logistic.onnx'));
  expect(numbered.classes).toEqual([0, 1, 2]);
  expect(await numbered.score({ ...rows, role: 'test', labels: await numbered.predict(rows, host) }, host)).toBe(1);
});

test('numbered classes are called what is said', async () => {
  const rows = rowsOf(all.find(({ file }) => file === 'logistic.onnx')!);
  const classNames = ['setosa', 'versicolor', 'virginica'];
  const numbered = modelFromOnnx('logistic.onnx', bytesOf('logistic.onnx'));
  const model = modelFromOnnx('logistic.onnx', bytesOf('logistic.onnx'), { classNames });
  expect(model.classNames).toEqual(classNames);
  const labels = await model.predict(rows, host);
  expect(labels).toEqual(await numbered.predict(rows, host));
  expect(new Set(labels).size).toBe(3);
  // The same classes in another order of numbers.
  const data = { ...rows, role: 'test' as const, labels: Uint8Array.from(labels, (label) => 2 - label), classNames: classNames.toReversed() };
  expect(await model.score(data, host)).toBe(1);
  await expect(numbered.score(data, host)).rejects.toThrow('The model tells apart the classes 0, 1, 2; the rows of rows have virginica, versicolor, setosa.');
  const { model: again } = await modelFromBytes<FittedClassifier>('again', await modelToBytes(model));
  expect(again.classNames).toEqual(classNames);
  const read = await fromOnnx(join(FOLDER, 'logistic-iris.onnx'), { adapter: 'host', classNames });
  expect((read as FittedClassifier).classNames).toEqual(classNames);
  expect(() => modelFromOnnx('logistic.onnx', bytesOf('logistic.onnx'), { classNames: ['a', 'b'] })).toThrow(
    'logistic.onnx has the classes 0, 1, 2, and these were named: a, b.',
  );
  expect(() => modelFromOnnx('r.onnx', bytesOf('ridge-diabetes.onnx'), { classNames })).toThrow('r.onnx is a regressor, and classes were named');
});

test.each(['logistic-iris', 'gaussian-nb-iris', 'mlp-iris', 'knn-iris', 'svc-rbf-iris', 'ridge-diabetes'])(
  'gaps are refused by a model that makes nothing of them: %s',
  async (name) => {
    const model = modelFromOnnx(`${name}.onnx`, bytesOf(`${name}.onnx`));
    expect(model.takes).toEqual([]);
    const { x } = rowsOf(all.find(({ file }) => file === `${name}.onnx`)!);
    const data = Float64Array.from((x as Matrix).data);
    data[x.cols * 3 + 1] = NaN;
    await expect(model.predict({ name: 'rows', x: matrix(x.rows, x.cols, data), rows: Uint32Array.of(1, 3) }, host)).rejects.toThrow(/^Row 3 .*column 1/);
  },
);

test.each(['hist-boosting-cancer', 'table-logistic'])('gaps are taken by a model that makes something of them: %s', (name) => {
  expect(modelFromOnnx(`${name}.onnx`, bytesOf(`${name}.onnx`)).takes).toContain('gaps');
});

test('a gap that a model leaves as it is gives no number', async () => {
  const graph: Graph = {
    inputs: [{ name: 'x', type: 'float', dims: [undefined, 2] }],
    outputs: [{ name: 'y', type: 'float', dims: [undefined, 1] }],
    nodes: [
      { op: 'IsNaN', inputs: ['x'], outputs: ['gaps'] },
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] },
    ],
    tensors: { w: { type: 'float', dims: [2, 1], data: Float32Array.of(1, 2) } },
    versions: { '': 18 },
  };
  const model = modelFromOnnx<FittedRegressor>('m.onnx', writeOnnx(graph));
  const x = matrix(3, 2, Float64Array.of(1, 2, 3, NaN, 5, 6));
  expect([...(await model.predict({ name: 'rows', x, rows: Uint32Array.of(2, 0) }, host))]).toEqual([17, 5]);
  await expect(model.predict({ name: 'rows', x, rows: Uint32Array.of(2, 1) }, host)).rejects.toThrow('m.onnx gives no number for row 1 of rows.');
});

test('columns are known by the names of inputs, and their types', async () => {
  const model = modelFromOnnx('table-logistic.onnx', bytesOf('table-logistic.onnx'));
  const rows = rowsOf(all.find(({ file }) => file === 'table-logistic.onnx')!);
  expect(model.columns).toEqual(['age', 'fare', 'port', 'sex']);
  await expect(model.predict({ ...rows, columns: ['age', 'fare', 'harbour', 'sex'] }, host)).rejects.toThrow(
    "rows has no column 'port', which the model was fitted on.",
  );
  expect(model.categories).toEqual([null, null, ['C', 'Q', 'S'], ['f', 'm']]);
  // A woman from Southampton, and a man of a port that the encoder does not know.
  expect((await model.predictRow(Float64Array.of(30, 12.5, 2, 0), host)).prediction).toBe(1);
  expect((await model.predictRow(Float64Array.of(NaN, 80, NaN, 1), host)).prediction).toBe(0);
  const { categories: _, ...numbers } = rows.x as Matrix;
  await expect(model.predict({ ...rows, x: numbers }, host)).rejects.toThrow('The model takes names in column 2 (port); that of rows holds numbers.');
});

test('a model is saved and loaded as others are, and of bytes or a file', async () => {
  const rows = rowsOf(all.find(({ file }) => file === 'tree-wine.onnx')!);
  const model = await fromOnnx(join(FOLDER, 'tree-wine.onnx'), { adapter: 'host' });
  const { model: again } = await modelFromBytes<FittedClassifier>('again', await modelToBytes(modelFromOnnx('tree-wine.onnx', bytesOf('tree-wine.onnx'))));
  const labels = await (model as FittedClassifier).predict(rows);
  expect(new Set(labels).size).toBeGreaterThan(1);
  expect(await again.predict(rows, host)).toEqual(labels);
  await expect(fromOnnx('nowhere.onnx')).rejects.toThrow('nowhere.onnx is not there.');
});

test("scores are features where 'kind' says so", async () => {
  const model = modelFromOnnx<Transformer>('logistic.onnx', bytesOf('logistic.onnx'), { kind: 'transformer' });
  expect(model.outputColumns).toEqual(['probabilities0', 'probabilities1', 'probabilities2']);
});

describe('a file that cannot run is refused when it is read:', () => {
  const graph: Graph = {
    inputs: [{ name: 'x', type: 'float', dims: [undefined, 2] }],
    outputs: [{ name: 'y', type: 'float', dims: [undefined, 1] }],
    nodes: [{ op: 'Dream', domain: 'org.example', inputs: ['x'], outputs: ['y'] }],
    tensors: {},
    versions: { '': 18 },
  };
  const of = (changed: Partial<Graph>): OnnxModel => modelFromOnnx<OnnxModel>('m.onnx', writeOnnx({ ...graph, ...changed }));

  test('for an operator', () =>
    expect(() => of({})).toThrow("m.onnx needs the operator Dream of org.example, in the node that gives 'y', and that is not run here."));
  test('for a version', () =>
    expect(() => of({ versions: { '': 99 } })).toThrow("m.onnx uses version 99 of the operators of 'ai.onnx'; versions 7 to 26 are known here."));
  test('for a count of rows', () => {
    const inputs = [{ name: 'x', type: 'float', dims: [5, 2] }] as const;
    expect(() => of({ inputs, nodes: [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }] })).toThrow('m.onnx takes 5 rows at a time, no more and no fewer.');
  });
  test('for what its nodes say of each other', () =>
    expect(() => of({ nodes: [{ op: 'Neg', inputs: ['z'], outputs: ['y'] }] })).toThrow(
      "m.onnx is no whole graph: its Neg needs 'z', which nothing before it gives.",
    ));
  test('for one class alone', () => {
    const attributes = {
      nodes_treeids: { ints: [0] },
      nodes_nodeids: { ints: [0] },
      nodes_modes: { strings: ['LEAF'] },
      nodes_featureids: { ints: [0] },
      nodes_values: { floats: [0] },
      nodes_truenodeids: { ints: [0] },
      nodes_falsenodeids: { ints: [0] },
      class_treeids: { ints: [0] },
      class_nodeids: { ints: [0] },
      class_ids: { ints: [0] },
      class_weights: { floats: [1] },
      classlabels_strings: { strings: ['setosa'] },
    };
    const outputs = [
      { name: 'label', type: 'string', dims: [undefined] },
      { name: 'shares', type: 'float', dims: [undefined, 1] },
    ] as const;
    const nodes = [{ op: 'TreeEnsembleClassifier', domain: 'ai.onnx.ml', inputs: ['x'], outputs: ['label', 'shares'], attributes }];
    expect(() => of({ nodes, outputs, versions: { '': 18, 'ai.onnx.ml': 3 } })).toThrow('m.onnx has one class alone: setosa.');
  });
  test('for labels that it does not name', () =>
    expect(() => modelFromOnnx('tree-labels.onnx', bytesOf('tree-labels.onnx'))).toThrow('tree-labels.onnx gives 2 labels for each row.'));
});
