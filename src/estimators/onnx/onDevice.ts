// Runs a graph with its heavy operators on the device, by the kernels that estimators use. What is light, of doubles, or has gaps runs
// in the interpreter.
import type { Compute } from '../../core/compute.ts';
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { Graph, GraphTensor } from '../../models/graph/graph.ts';
import { floatsOf } from '../../models/graph/ml/scores.ts';
import { classifyByVectors, regressByVectors, type Alike } from '../../models/graph/ml/supportVectors.ts';
import { classifyByTrees, regressByTrees, treesOf, type LeafAt, type Trees } from '../../models/graph/ml/trees.ts';
import { further } from '../../models/graph/operators/further.ts';
import { callOf, inputsOf, operatorOf, outputsOf, runNode, setOutputs, valuesOf, type Tensors } from '../../models/graph/run.ts';
import { numbers, type Call } from '../../models/graph/tensors.ts';
import { linearScores } from '../linear/linearScores.ts';
import { eachAlike } from '../supportVectors/sums.ts';
import { eachLeaves } from '../trees/model.ts';

type Inputs = readonly (GraphTensor | undefined)[];
type Made = GraphTensor | readonly GraphTensor[];

/** An operator on the device: how much work it is, in multiplications, and how it is done. Undefined where the interpreter must do it. */
type Heavy = (inputs: Inputs, call: Call) => { readonly work: number; readonly run: (compute: Compute) => Promise<Made> } | undefined;

/** Work that is worth a way to the device and back. */
export const LEAST_WORK = 2e6;

/**
 * What a graph gives for these inputs.
 *
 * @param open the device; asked for only where an operator has enough to do
 */
export async function runOnDevice(graph: Graph, inputs: Tensors, open: () => Promise<Compute>, least = LEAST_WORK): Promise<Tensors> {
  const values = valuesOf(graph, inputs);
  for (const node of graph.nodes) {
    const name = operatorOf(node);
    const heavy = Object.hasOwn(HEAVY, name) ? HEAVY[name]!(inputsOf(node, values), callOf(graph, node, values, further)) : undefined;
    const compute = heavy && heavy.work >= least ? await open() : undefined;
    if (heavy && compute && !compute.onHost) setOutputs(node, values, await heavy.run(compute));
    else runNode(graph, node, values, further);
  }
  return outputsOf(graph, values, () => {});
}

/** A tensor as rows that kernels take; undefined for doubles, whose digits they do not keep, and for numbers that are not finite. */
function rowsOf(x: GraphTensor | undefined): (RowsOf & { readonly x: Matrix<'f32'> }) | undefined {
  if (x?.type !== 'float' || x.dims.length !== 2) return undefined;
  const data = x.data as Float32Array;
  if (!data.every((value) => Number.isFinite(value))) return undefined;
  const [rows, cols] = x.dims as readonly [number, number];
  return { name: 'rows of the graph', x: matrix(rows, cols, data), rows: Uint32Array.from({ length: rows }, (_, i) => i) };
}

/** `[rows, outputs]`: rows times weights of each output, which stand in a row each. */
async function products(
  compute: Compute,
  rows: RowsOf,
  outputs: number,
  weight: (output: number, column: number) => number,
  type: 'float' | 'double',
): Promise<GraphTensor> {
  const { cols } = rows.x;
  const columns = Array.from({ length: outputs }, (_, output) => ({
    weights: Float64Array.from({ length: cols + 1 }, (_, column) => (column < cols ? weight(output, column) : 0)),
    scaling: undefined,
  }));
  const each = await linearScores(compute, rows, columns);
  const data = (type === 'float' ? new Float32Array(rows.rows.length * outputs) : new Float64Array(rows.rows.length * outputs)) as Float64Array;
  each.forEach((scores, output) => scores.forEach((score, row) => (data[row * outputs + output] = score)));
  return { type, dims: [rows.rows.length, outputs], data };
}

const matMul: Heavy = ([left, right]) => {
  const rows = rowsOf(left);
  if (!rows || right?.type !== 'float' || right.dims.length !== 2 || right.dims[0] !== rows.x.cols) return undefined;
  const [inner, outputs] = right.dims as readonly [number, number];
  const b = numbers(right);
  return {
    work: rows.x.rows * inner * outputs,
    run: (compute) => products(compute, rows, outputs, (output, column) => b[column * outputs + output]!, 'float'),
  };
};

const gemm: Heavy = ([left, right, c], { attributes }) => {
  const turned = attributes['transB']?.int === 1;
  const rows = attributes['transA']?.int ? undefined : rowsOf(left);
  if (!rows || right?.type !== 'float' || right.dims[turned ? 1 : 0] !== rows.x.cols) return undefined;
  const [inner, outputs] = (turned ? right.dims.toReversed() : right.dims) as readonly [number, number];
  const b = numbers(right);
  return {
    work: rows.x.rows * inner * outputs,
    run: async (compute) => {
      const made = await products(compute, rows, outputs, (output, column) => b[turned ? output * inner + column : column * outputs + output]!, 'float');
      // The rest of it is what it says of a product with ones on the diagonal.
      const one: GraphTensor = {
        type: 'float',
        dims: [outputs, outputs],
        data: Float32Array.from({ length: outputs * outputs }, (_, i) => Number(i % (outputs + 1) === 0)),
      };
      return further['Gemm']!([made, one, c], { attributes: { ...attributes, transB: { int: 0 } }, version: 13, outputs: 1, run: () => [] });
    },
  };
};

/** Scores by the device; what becomes of them, by the operator: it takes each score as a feature of its own. */
const linear =
  (operator: string): Heavy =>
  ([x], call) => {
    const rows = rowsOf(x);
    const weights = floatsOf(call.attributes, 'coefficients');
    if (!rows || weights.length % rows.x.cols !== 0) return undefined;
    const { cols } = rows.x;
    const outputs = weights.length / cols;
    return {
      work: rows.x.rows * weights.length,
      run: async (compute) => {
        const scores = await products(compute, rows, outputs, (output, column) => weights[output * cols + column]!, 'double');
        const floats = Array.from({ length: outputs * outputs }, (_, i) => Number(i % (outputs + 1) === 0));
        return further[operator]!([scores], { ...call, attributes: { ...call.attributes, coefficients: { floats } } });
      },
    };
  };

interface Paired {
  readonly roots: Uint32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly next: Uint32Array;
}

const paired = new WeakMap<Trees, Paired | 'other'>();

/** Trees as the kernel has them, both children side by side; 'other' where a node asks for more than `<=`. */
function pairedOf(trees: Trees): Paired | 'other' {
  let found = paired.get(trees);
  if (!found) paired.set(trees, (found = pair(trees)));
  return found;
}

function pair(trees: Trees): Paired | 'other' {
  if (trees.modes.some((mode) => mode !== 'LEAF' && mode !== 'BRANCH_LEQ')) return 'other';
  const order = [...trees.roots];
  const next: number[] = [];
  for (let at = 0; at < order.length; at++) {
    const node = order[at]!;
    // Of a leaf: the place that the graph has it at.
    if (trees.modes[node] === 'LEAF') next.push(node);
    else next.push(order.push(trees.yes[node]!, trees.no[node]!) - 2);
  }
  const leaf = (node: number): boolean => trees.modes[node] === 'LEAF';
  return {
    roots: Uint32Array.from(trees.roots.keys()),
    feature: Int32Array.from(order, (node) => (leaf(node) ? -1 : trees.features[node]!)),
    threshold: Float64Array.from(order, (node) => trees.thresholds[node] ?? 0),
    next: Uint32Array.from(next),
  };
}

const ensemble =
  (of: 'class' | 'target', finish: (inputs: Inputs, call: Call, leafAt: LeafAt) => Made): Heavy =>
  ([x], call) => {
    const rows = rowsOf(x);
    if (!rows) return undefined;
    const trees = treesOf(call, of);
    const model = pairedOf(trees);
    // More targets than leaves speak of are counted as all else that is made: by the interpreter.
    if (model === 'other' || trees.roots.length === 0 || (call.attributes['n_targets']?.int ?? 1) > trees.outputs.length) return undefined;
    const count = trees.roots.length;
    return {
      // A step through a tree is worth some multiplications.
      work: rows.x.rows * count * 100,
      run: async (compute) => {
        const leaves = new Uint32Array(rows.x.rows * count);
        await eachLeaves({ compute: async () => compute }, model, rows, (from, found) => leaves.set(found, from * count));
        return finish([x], call, (row, tree) => leaves[row * count + tree]!);
      },
    };
  };

const KERNELS = { LINEAR: 'linear', POLY: 'poly', RBF: 'rbf', SIGMOID: 'sigmoid' } as const;

const vectors =
  (finish: (inputs: Inputs, call: Call, alike: Alike) => Made): Heavy =>
  ([x], call) => {
    const { attributes } = call;
    const rows = rowsOf(x);
    const own = floatsOf(attributes, 'support_vectors');
    const kind = attributes['kernel_type']?.string ?? 'LINEAR';
    const kernel = Object.hasOwn(KERNELS, kind) ? KERNELS[kind as keyof typeof KERNELS] : undefined;
    if (!rows || own.length === 0 || own.length % rows.x.cols !== 0 || !kernel) return undefined;
    const [gamma = 0, coef0 = 0, degree = 0] = attributes['kernel_params']?.floats ?? [];
    const count = own.length / rows.x.cols;
    return {
      work: rows.x.rows * own.length,
      run: async (compute) => {
        const machine = { kernel, gamma, coef0, degree, vectors: matrix(count, rows.x.cols, Float32Array.from(own)) };
        const values = new Float64Array(rows.x.rows * count);
        await eachAlike(compute, machine, rows, false, (from) => ({
          vector: (vector, alike) => alike.forEach((value, i) => (values[(from + i) * count + vector] = value)),
        }));
        return finish([x], call, (row, out) => out.set(values.subarray(row * count, (row + 1) * count)));
      },
    };
  };

const HEAVY: Readonly<Record<string, Heavy>> = {
  Gemm: gemm,
  MatMul: matMul,
  'ai.onnx.ml:LinearClassifier': linear('ai.onnx.ml:LinearClassifier'),
  'ai.onnx.ml:LinearRegressor': linear('ai.onnx.ml:LinearRegressor'),
  'ai.onnx.ml:SVMClassifier': vectors(classifyByVectors),
  'ai.onnx.ml:SVMRegressor': vectors(regressByVectors),
  'ai.onnx.ml:TreeEnsembleClassifier': ensemble('class', classifyByTrees),
  'ai.onnx.ml:TreeEnsembleRegressor': ensemble('target', regressByTrees),
};
