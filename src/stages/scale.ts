// Scales features without touching x: the scaling travels with the datasets and ends up in the weights.
import type { Dataset, Role, Scaling } from '../core/dataset.ts';
import { takeRows } from '../core/matrix.ts';
import { configurable } from '../dsl/configurable.ts';
import { z } from '../dsl/params.ts';
import { defineStage, type Stage, type StageSpec } from '../dsl/stage.ts';
import type { Split } from '../dsl/state.ts';

const scaleParams = z.strictObject({ factor: z.number(), shift: z.number().default(0) });

/**
 * Features become `(x - shift) * factor`, the same for every column. Replaces `train` and `test`.
 *
 * @example
 * scale({ factor: 1 / 255 }); // pixels from 0 to 1
 */
export function scale(options: z.input<typeof scaleParams>): Stage<Split, Split> {
  return configurable('scale', scaleParams, options, ({ factor, shift }): StageSpec<Split, Split> => ({
    id: 'scale',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    code: [],
    keep: 'digests',
    params: { factor, shift },
    infer: ({ train, test }) => ({ train: train!, test: test! }),
    run: ({ train, test }) => {
      const { cols } = train.x;
      const scaling = { shift: new Float64Array(cols).fill(shift), factor: new Float64Array(cols).fill(factor) };
      return { adds: scaled(train, test, scaling), output: { factor, shift } };
    },
  }));
}

/**
 * StandardScaler: features with mean 0 and variance 1 over the training rows; test rows are scaled by the training rows'
 * figures, so nothing of them leaks. A constant column keeps its spread. Replaces `train` and `test`.
 */
export function standardize(): Stage<Split, Split> {
  return defineStage<Split, Split>({
    id: 'standardize',
    needs: ['train', 'test'],
    provides: ['train', 'test'],
    code: [],
    keep: 'digests',
    params: {},
    infer: ({ train, test }) => ({ train: train!, test: test! }),
    run: async ({ train, test }) => {
      const scaling = await standardScaling(train);
      return { adds: scaled(train, test, scaling), output: { columns: train.x.cols } };
    },
  });
}

function scaled(train: Dataset<'train'>, test: Dataset<'test'>, scaling: Scaling): Split {
  const by = <R extends Role>(data: Dataset<R>): Dataset<R> => ({ ...data, scaling });
  return { train: by(train), test: by(test) };
}

/** Column means, and 1 / standard deviations (1 where a column is constant), a block of rows at a time. */
async function standardScaling({ x, rows }: Dataset): Promise<Scaling> {
  const shift = new Float64Array(x.cols);
  const squares = new Float64Array(x.cols);
  await eachRow(x, rows, (row) => row.forEach((value, j) => (shift[j]! += value)));
  for (let j = 0; j < x.cols; j++) shift[j]! /= rows.length;
  await eachRow(x, rows, (row) => row.forEach((value, j) => (squares[j]! += (value - shift[j]!) ** 2)));
  return { shift, factor: squares.map((sum) => (sum === 0 ? 1 : Math.sqrt(rows.length / sum))) };
}

async function eachRow(x: Dataset['x'], ids: Uint32Array, use: (row: Uint8Array | Float32Array) => void): Promise<void> {
  const BLOCK = 4096;
  for (let from = 0; from < ids.length; from += BLOCK) {
    const { rows, cols, data } = await takeRows(x, ids.subarray(from, from + BLOCK));
    for (let row = 0; row < rows; row++) use(data.subarray(row * cols, (row + 1) * cols));
  }
}
