// Asks the fitted model about one fetched row.
import { fetchedRow } from '../core/dataset.ts';
import type { Prediction } from '../dsl/estimator.ts';
import { parseParams, z } from '../dsl/params.ts';
import { defineStage, type Stage } from '../dsl/stage.ts';
import type { Fetched, Fitted } from '../dsl/state.ts';

const params = z.strictObject({ row: z.int().min(0) });

/**
 * Predicts one row. Adds `prediction`.
 *
 * @param options.row row id as fetched, from 0
 */
export function predict(options: z.input<typeof params>): Stage<Fetched & Fitted, { readonly prediction: Prediction }> {
  const { row } = parseParams('predict', params, options);
  return defineStage<Fetched & Fitted, { readonly prediction: Prediction }>({
    id: 'predict',
    needs: ['data', 'model'],
    provides: ['prediction'],
    params: { row },
    run: async ({ data, model }, context) => {
      const prediction = await model.predictRow(await fetchedRow(data, row), context);
      return { adds: { prediction }, output: { row, label: data.labels[row]!, ...prediction } };
    },
  });
}
