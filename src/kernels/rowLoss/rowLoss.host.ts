// What loss kernels do to their buffers, on the host: the rows of each lane are a small table of their own.
import type { HostLaunch } from '../../core/compute.ts';
import { decodeWeightColumns } from '../lib/unpack.ts';
import { rowLossReference, type LossInput, type LossOutput, type RowLoss } from './rowLoss.reference.ts';

export type LossLaunch<S extends string = never> = HostLaunch<
  'rows' | 'stride' | 'lanes',
  'rows' | 'rowWeights' | 'columns' | 'margins' | 'direction' | 'residuals' | 'partials',
  'WORKGROUP' | 'RUN' | S
>;

export const rowLossOnHost =
  (loss: RowLoss) =>
  (launch: LossLaunch): void =>
    lossOnHost(launch, 1, (input) => rowLossReference(loss, input));

/** @param classes columns a model, in neighbouring slots */
export function lossOnHost({ params, buffers, sizes, grid }: LossLaunch, classes: number, reference: (input: LossInput) => LossOutput): void {
  const { WORKGROUP, RUN } = sizes;
  const codes = new Uint32Array(buffers.rows);
  const { values } = buffers as { readonly values?: ArrayBuffer };
  const truth = values ? new Float32Array(values) : codes.map((code) => code & 0xffffff);
  const rowWeights = new Float32Array(buffers.rowWeights);
  const margins = new Float32Array(buffers.margins);
  const direction = new Float32Array(buffers.direction);
  const residuals = new Float32Array(buffers.residuals);
  const partials = new Float32Array(buffers.partials);
  const all = decodeWeightColumns(buffers.columns);
  for (let model = 0; model < grid[1]; model++) {
    const columns = all.slice(model * classes, (model + 1) * classes);
    const bases = columns.map((_, c) => (columns[0]!.slot + c) * params.stride);
    for (let lane = 0; lane < grid[0] * WORKGROUP; lane++) {
      const first = Math.floor(lane / WORKGROUP) * RUN * WORKGROUP + (lane % WORKGROUP);
      const rows = Array.from({ length: RUN }, (_, i) => first + i * WORKGROUP).filter((row) => row < params.rows);
      const out = reference({
        truth: rows.map((row) => truth[row]!),
        folds: rows.map((row) => codes[row]! >>> 24),
        weights: rows.map((row) => rowWeights[row]!),
        columns,
        margins: bases.map((base) => rows.map((row) => margins[base + row]!)),
        direction: bases.map((base) => rows.map((row) => direction[base + row]!)),
      });
      bases.forEach((base, c) => rows.forEach((row, i) => (residuals[base + row] = out.residuals[c]![i]!)));
      partials.set([out.change[0]!, out.slope[0]!], (model * params.lanes + lane) * 2);
    }
  }
}
