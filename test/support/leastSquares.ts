// The sets of fixtures/leastSquares.json.
import diabetes from '../fixtures/ridge.json' with { type: 'json' };
import linear from '../fixtures/linear.json' with { type: 'json' };
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { withOddColumns } from './figures.ts';

export type Valued = Dataset<'train', Matrix, 'values'>;

export function valuedSet(name: string): Valued {
  const { x, y } = name === 'counts' ? linear.counts : diabetes.diabetes;
  const plain = matrix(y.length, x[0]!.length, Float64Array.from(x.flat()));
  const outputs = name.endsWith('two outputs') ? y.map((value) => [value, Math.sqrt(value)]) : y.map((value) => [value]);
  return {
    name,
    role: 'train',
    x: name.endsWith('odd columns') ? withOddColumns(plain) : plain,
    values: matrix(y.length, outputs[0]!.length, Float64Array.from(outputs.flat())),
    rows: Uint32Array.from(y.keys()),
  };
}
