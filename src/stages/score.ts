// Scores the fitted model on rows it was not fitted on.
import type { Confusion } from '../dsl/estimator.ts';
import { parseParams, z } from '../dsl/params.ts';
import { defineStage, type Stage } from '../dsl/stage.ts';
import type { Fitted, Split } from '../dsl/state.ts';
import { accuracy, confusionMatrix, majorityBaseline } from '../metrics/confusion.ts';

const params = z.strictObject({ on: z.literal('test', { error: "scores are taken on 'test': on training rows they would look better than they are" }) });

export interface Scored {
  readonly testAccuracy: number;
  readonly confusion: Confusion;
}

/** Accuracy and confusion counts on `test`. Adds `score`. */
export function score(options: z.input<typeof params>): Stage<Pick<Split, 'test'> & Fitted, { readonly score: Scored }> {
  const { on } = parseParams('score', params, options);
  return defineStage<Pick<Split, 'test'> & Fitted, { readonly score: Scored }>({
    id: 'score',
    needs: ['test', 'model'],
    provides: ['score'],
    params: { on },
    run: async ({ test, model }, context) => {
      const confusion = await model.evaluate(test, context);
      const testAccuracy = accuracy(confusion);
      return {
        adds: { score: { testAccuracy, confusion } },
        output: { testAccuracy, majorityBaseline: majorityBaseline(confusion), confusion: confusionMatrix(confusion) },
      };
    },
  });
}
