// Scores the fitted model on rows it was not fitted on.
import { checkDataset } from '../core/data/checkDataset.ts';
import { checkCols, type Dataset } from '../core/data/dataset.ts';
import { newOverlap } from '../core/data/overlap.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { StageContext } from '../dsl/stage/context.ts';
import type { Evaluation } from '../dsl/estimator.ts';
import { datasetFact, modelFact } from '../dsl/graph/facts.ts';
import { z } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Fitted, Split } from '../dsl/stage/state.ts';
import { accuracy, majorityBaseline } from '../metrics/confusion.ts';
import { labelsOf } from '../metrics/evaluation.ts';
import { needOf, scoreOf, type Scoring } from '../metrics/scorers.ts';
import { sendCurve, sendMistakes } from './evidence.ts';
import { recorded, warnOfScores, warnOfUnseen } from '../validation/foldScores.ts';
import { scoringParam } from '../validation/heldOut.ts';

const params = z.strictObject({
  on: z.literal('test', { error: "scores are taken on 'test': on training rows they would look better than they are" }),
  scoring: scoringParam,
});

export interface Scored {
  readonly testAccuracy: number;
  readonly scores: Readonly<Partial<Record<Scoring, number>>>;
  readonly evaluation: Evaluation;
}

type Needs = Pick<Split, 'test'> & Fitted;

/**
 * Scores and confusion counts on `test`, with the accuracy of always answering the majority class beside them. Adds `score`.
 *
 * @param options.scoring one scorer or several, default accuracy
 */
export function score(options: z.input<typeof params>): Stage<Needs, { readonly score: Scored }> {
  return configurable('score', params, options, ({ on, scoring }): StageSpec<Needs, { readonly score: Scored }> => ({
    id: 'score',
    needs: ['test', 'model'],
    looksAt: ['train'],
    provides: ['score'],
    code: [],
    kernels: true,
    params: { on, scoring },
    infer: (facts) => {
      const test = datasetFact(facts, 'test');
      const fitted = modelFact(facts, 'model')?.cols;
      if (test?.cols !== undefined && fitted !== undefined) checkCols(test.name, test.cols, fitted);
      return {};
    },
    run: async ({ test, model, train }: Needs & Partial<Pick<Split, 'train'>>, context) => {
      checkDataset(test);
      if (train) await warnOfOverlap(train, test, context);
      // Two classes have a curve to look at, and pictures their mistakes, whatever is scored.
      const evaluation = await model.evaluate(test, test.picture || model.classes.length === 2 ? 'decisions' : needOf(scoring), context);
      sendCurve(evaluation, context);
      await sendMistakes(evaluation, test, context);
      const testAccuracy = accuracy(evaluation.confusion);
      const scores = Object.fromEntries(scoring.map((name) => [name, scoreOf(name, evaluation)])) as Partial<Record<Scoring, number>>;
      const others = (Object.entries(scores) as [Scoring, number][]).filter(([name]) => name !== 'accuracy');
      warnOfUnseen(`${on} of ${test.name}`, evaluation, context);
      warnOfScores(scoring, `${on} of ${test.name}`, evaluation, context);
      return {
        adds: { score: { testAccuracy, scores, evaluation } },
        output: {
          testAccuracy,
          majorityBaseline: majorityBaseline(evaluation.confusion),
          ...Object.fromEntries(others.map(([name, value]) => [name, recorded(value)])),
          classes: labelsOf(evaluation),
          confusion: evaluation.confusion,
        },
      };
    },
  }));
}

/** Test rows among the train rows, whichever stage put them there. */
async function warnOfOverlap(train: Dataset, test: Dataset, { emit, stage, madeBy }: StageContext): Promise<void> {
  const overlap = await newOverlap(train, test);
  if (!overlap) return;
  const stages = [...new Set([madeBy?.('train'), madeBy?.('test')].filter((path) => path !== undefined))].map((path) => `'${path}'`);
  const hint = `Keep test rows out of train${stages.length > 0 ? `: look at ${stages.join(' and ')}` : ''}.`;
  emit({ type: 'warning', stage, code: 'W_OVERLAP', message: overlap.message, hint });
}
