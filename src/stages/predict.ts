// Asks the fitted model about one fetched row.
import { checkCols, checkRow, fetchedRow, type Dataset, type Rows, type Values } from '../core/data/dataset.ts';
import type { JsonRecord } from '../core/events.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { Predictor, RowPrediction } from '../dsl/estimator.ts';
import { datasetFact, modelFact } from '../dsl/graph/facts.ts';
import { z } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Fetched, Fitted } from '../dsl/stage/state.ts';

const params = z.strictObject({ row: z.int().min(0).describe('row id as fetched') });

/**
 * Predicts one row. Adds `prediction`.
 *
 * @param options.row row id as fetched, from 0
 */
export function predict(options: z.input<typeof params>): Stage<Fetched<'none'> & Fitted<Predictor>, { readonly prediction: RowPrediction }> {
  return configurable('predict', params, options, ({ row }): StageSpec<Fetched<'none'> & Fitted<Predictor>, { readonly prediction: RowPrediction }> => ({
    id: 'predict',
    needs: ['data', 'model'],
    provides: ['prediction'],
    code: [],
    kernels: true,
    params: { row },
    infer: (facts) => {
      const data = datasetFact(facts, 'data');
      const fitted = modelFact(facts, 'model')?.cols;
      if (data?.fetched !== undefined) checkRow(data.name, data.fetched, row);
      if (data?.cols !== undefined && fitted !== undefined) checkCols(data.name, data.cols, fitted);
      return {};
    },
    run: async ({ data, model }, context) => {
      const values = await fetchedRow(data, row);
      const column = values.findIndex((value) => !Number.isFinite(value));
      if (column >= 0) throw notNumbers(data.name, row, column, values[column]!);
      const prediction = await model.predictRow(values, context);
      return { adds: { prediction }, output: { row, ...targetOfRow(data, row), ...prediction } };
    },
  }));
}

function targetOfRow(data: Rows & Partial<Pick<Dataset, 'labels'> & Values>, row: number): JsonRecord {
  if (data.labels) return { label: data.labels[row]! };
  const values = data.values && [...data.values.data.subarray(row * data.values.cols, (row + 1) * data.values.cols)];
  return values ? { value: values.length === 1 ? values[0]! : values } : {};
}

function notNumbers(name: string, row: number, column: number, value: number): PipelineError {
  return new PipelineError('E_DATA', `Row ${row} of ${name} holds ${value} in column ${column}; a finite number is needed.`, {
    hint: `Predict another row, or fill the gap in the source of ${name}: a stage that leaves rows out does not change what predict reads.`,
  });
}
