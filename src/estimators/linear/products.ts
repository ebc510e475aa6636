// The two products with x that f32 training and prediction of linear models are made of, over rows however they are on the device.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { Branch } from '../../core/shards/spans.ts';
import { isSparse } from '../../core/data/csr.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { sparseOnDevice, type SparseRows } from '../rows/sparseOnDevice.ts';
import { tilesOnDevice, type TiledRows } from '../rows/tilesOnDevice.ts';
import { DenseProducts } from './denseProducts.ts';
import type { PartOfRows } from '../rows/sharded/parts.ts';
import { SparseProducts } from './sparseProducts.ts';

/** Rows on the device. */
export type LinearRows = TiledRows | SparseRows;

/** What the device has of one column of weights. */
export interface DeviceColumn {
  /** `[cols]` */
  readonly weights: Float64Array;
  /** The weight of the constant behind the features. */
  readonly bias: number;
}

export interface Products {
  /**
   * Margins take the last step of their column, and direction becomes x weights.
   *
   * @param columns as the buffer `columns` lists them, which is filled up to {@link Products.padded}
   */
  margins(columns: readonly DeviceColumn[], buffers: Readonly<Record<'columns' | 'direction' | 'margins', DeviceBuffer>>): Promise<void>;
  /** Sums of z * residual over the rows, `[count][cols + 1]`, the sum of the residuals last. */
  gradients(count: number, buffers: Readonly<Record<'columns' | 'residuals', DeviceBuffer>>): Promise<readonly Branch[]>;
  release(): void;
}

export function linearRows(compute: Compute, data: Pick<RowsOf, 'x' | 'rows' | 'name' | 'columns'>): Promise<LinearRows> {
  return isSparse(data) ? sparseOnDevice(compute, data) : tilesOnDevice(compute, data);
}

/** @param most columns at once @param classes columns a model */
export function productsOf(compute: Compute, rows: LinearRows, most: number, classes = 1, part?: PartOfRows): Products {
  return 'further' in rows ? new SparseProducts(compute, rows, most) : new DenseProducts(compute, rows, most, { classes, part });
}
