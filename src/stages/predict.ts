// Asks the fitted model about one fetched row.
import { categoriesOf, checkNoNames, checkSameKinds } from '../core/data/categories.ts';
import { nameOf } from '../core/data/classNames.ts';
import { checkColumns, columnCalled } from '../core/data/columns.ts';
import { checkRow, fetchedRow, type Classes, type Rows, type Values } from '../core/data/dataset.ts';
import type { JsonRecord } from '../core/events.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { Predictor, RowPrediction } from '../dsl/estimator.ts';
import { checkFittedColumns, datasetFact } from '../dsl/graph/facts.ts';
import { z, type ShapeOf } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Fetched, Fitted } from '../dsl/stage/state.ts';

export interface PredictOptions {
  /** Row id in the fetched data, from 0. */
  readonly row: number;
}

const params = z.strictObject({ row: z.int().min(0).describe('row id as fetched') } satisfies ShapeOf<PredictOptions>);

/**
 * Predicts one row. Adds `prediction`.
 *
 * @throws E_SHAPE for a row that does not exist, and for columns that the model was not fitted on; E_DATA for a feature that is not
 *   finite
 * @example
 * pipeline('p', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), fit(logisticRegression()), predict({ row: 60_000 }));
 */
export function predict(options: PredictOptions): Stage<Fetched<'none'> & Fitted<Predictor>, { readonly prediction: RowPrediction }> {
  return configurable('predict', params, options, ({ row }): StageSpec<Fetched<'none'> & Fitted<Predictor>, { readonly prediction: RowPrediction }> => ({
    id: 'predict',
    needs: ['data', 'model'],
    provides: ['prediction'],
    code: [],
    kernels: true,
    params: { row },
    infer: (facts) => {
      const data = datasetFact(facts, 'data');
      if (data?.fetched !== undefined) checkRow(data.name, data.fetched, row);
      checkFittedColumns(facts, 'data');
      return {};
    },
    run: async ({ data, model }, context) => {
      const { cols } = data.x;
      checkColumns(data.name, { cols, columns: data.columns }, { cols, columns: model.columns });
      const values = await fetchedRow(data, row);
      const filled = model.takes?.includes('gaps');
      const column = values.findIndex((value) => !Number.isFinite(value) && !(filled && Number.isNaN(value)));
      if (column >= 0) throw notANumber(data, row, column, values[column]!);
      if (model.takes?.includes('categories')) checkSameKinds(data, model.categories);
      else checkNoNames('predict', data);
      const prediction = await model.predictRow(values, context, categoriesOf(data.x));
      return { adds: { prediction }, output: { row, ...targetOfRow(data, row), ...prediction } };
    },
  }));
}

function targetOfRow(data: Rows & Partial<Classes & Values>, row: number): JsonRecord {
  if (data.labels) return { label: nameOf(data.labels[row]!, data.classNames) };
  const values = data.values && [...data.values.data.subarray(row * data.values.cols, (row + 1) * data.values.cols)];
  return values ? { value: values.length === 1 ? values[0]! : values } : {};
}

function notANumber({ name, columns }: Rows, row: number, column: number, value: number): PipelineError {
  return new PipelineError('E_DATA', `Row ${row} of ${name} holds ${value} in ${columnCalled(column, columns)}; a finite number is needed.`, {
    hint: `Predict another row, or let the model fill the gap: fit(chain(impute(), ...)). A stage that leaves rows out does not change what predict reads.`,
  });
}
