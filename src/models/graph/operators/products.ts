// Products of matrices, summed in float64.
import type { GraphTensor } from '../graph.ts';
import { spend } from '../budget.ts';
import { elements, given, numbers, sizeOf, spread, together, type Numbers, type Operators } from '../tensors.ts';
import { transpose } from './shapes.ts';

/** out += a b, for `rows` x `inner` and `inner` x `columns` that begin at these places. */
function multiply(
  a: Numbers,
  b: Numbers,
  out: Numbers,
  sizes: readonly [rows: number, inner: number, columns: number],
  at: readonly [number, number, number],
): void {
  const [rows, inner, columns] = sizes;
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    sums.fill(0);
    for (let k = 0; k < inner; k++) {
      const factor = a[at[0] + i * inner + k]!;
      const from = at[1] + k * columns;
      for (let j = 0; j < columns; j++) sums[j]! += factor * b[from + j]!;
    }
    out.set(sums, at[2] + i * columns);
  }
}

function matMul([left, right]: readonly (GraphTensor | undefined)[]): GraphTensor {
  const [a, b] = [given(left), given(right)];
  if (a.dims.length === 0 || b.dims.length === 0) throw new Error('a single number is no matrix');
  // A vector is a row on the left and a column on the right, and that axis is left out afterwards.
  const one = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
  const two = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  const [rows, inner, columns] = [one.at(-2)!, one.at(-1)!, two.at(-1)!];
  if (two.at(-2) !== inner) throw new Error(`rows of ${inner} are multiplied by columns of ${two.at(-2)}`);
  const batch = together([one.slice(0, -2), two.slice(0, -2)]);
  const [i, k] = [spread(one.slice(0, -2), batch), spread(two.slice(0, -2), batch)];
  const count = sizeOf(batch);
  spend(count * rows * inner * columns);
  const data = elements(a.type, count * rows * columns) as Numbers;
  for (let m = 0; m < count; m++) {
    const at = [(i ? i[m]! : m) * rows * inner, (k ? k[m]! : m) * inner * columns, m * rows * columns] as const;
    multiply(numbers(a), numbers(b), data, [rows, inner, columns], at);
  }
  const dims = [...batch, ...(a.dims.length === 1 ? [] : [rows]), ...(b.dims.length === 1 ? [] : [columns])];
  return { type: a.type, dims, data };
}

const TURNED = { attributes: {} };

export const basicProducts: Operators = {
  MatMul: matMul,
  Gemm: ([left, right, c], { attributes }) => {
    if (given(left).dims.length !== 2 || given(right).dims.length !== 2) throw new Error('it multiplies matrices of two dimensions');
    const a = attributes['transA']?.int ? transpose([left], TURNED) : left!;
    const b = attributes['transB']?.int ? transpose([right], TURNED) : right!;
    const [alpha, beta] = [attributes['alpha']?.float ?? 1, attributes['beta']?.float ?? 1];
    // Rounded once, after all is added.
    const wide = matMul([
      { ...a, type: 'double' },
      { ...b, type: 'double' },
    ]);
    if (c && sizeOf(together([c.dims, wide.dims])) !== sizeOf(wide.dims)) throw new Error(`[${c.dims.join(', ')}] is not added to [${wide.dims.join(', ')}]`);
    const at = c && spread(c.dims, wide.dims);
    const data = elements(a.type, sizeOf(wide.dims)) as Numbers;
    for (let i = 0; i < data.length; i++) data[i] = alpha * numbers(wide)[i]! + (c ? beta * numbers(c)[at ? at[i]! : i]! : 0);
    return { type: a.type, dims: wide.dims, data };
  },
};
