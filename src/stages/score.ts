// Scores the fitted model on rows it was not fitted on.
import { checkTarget } from '../core/data/checkDataset.ts';
import { nameOf } from '../core/data/classNames.ts';
import { hasClasses, type Rows } from '../core/data/dataset.ts';
import { newOverlap } from '../core/data/overlap.ts';
import type { JsonRecord } from '../core/events.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { StageContext } from '../dsl/stage/context.ts';
import type { AnyEvaluation, Classifier, Evaluation, Predictor } from '../dsl/estimator.ts';
import { checkFittedColumns, modelFact } from '../dsl/graph/facts.ts';
import { targetByKind } from '../dsl/kind.ts';
import { z } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Fitted, Split } from '../dsl/stage/state.ts';
import { accuracy, majorityBaseline } from '../metrics/confusion.ts';
import { isOfClasses, labelsOf } from '../metrics/evaluation.ts';
import { checkScoring, defaultScorer, needOf, scoreOf, type Scoring } from '../metrics/scorers.ts';
import { sendCurve, sendMistakes } from './evidence.ts';
import { recorded, warnOfScores, warnOfUnseen } from '../validation/foldScores.ts';
import { scoringParam } from '../validation/heldOut.ts';

const params = z.strictObject({
  on: z.literal('test', { error: "scores are taken on 'test': on training rows they would look better than they are" }),
  scoring: scoringParam,
});

export interface Scored {
  /** NaN for models that predict no classes. */
  readonly testAccuracy: number;
  /** By the first scorer. */
  readonly score: number;
  readonly scores: Readonly<Partial<Record<Scoring, number>>>;
  readonly evaluation: AnyEvaluation;
}

type Needs = Pick<Split<'none'>, 'test'> & Fitted<Predictor>;

/**
 * Scores and confusion counts on `test`, with the accuracy of always answering the majority class beside them. Adds `score`.
 *
 * @param options.scoring one scorer or several, default accuracy
 */
export function score(options: z.input<typeof params>): Stage<Needs, { readonly score: Scored }> {
  return configurable('score', params, options, ({ on, scoring: asked }): StageSpec<Needs, { readonly score: Scored }> => ({
    id: 'score',
    needs: ['test', 'model'],
    looksAt: ['train'],
    provides: ['score'],
    code: [],
    kernels: true,
    params: { on, ...(asked ? { scoring: asked } : {}) },
    infer: (facts) => {
      checkFittedColumns(facts, 'test');
      const model = modelFact(facts, 'model');
      if (model) checkScoring(asked, model.kind);
      return {};
    },
    run: async ({ test, model, train }: Needs & Partial<Pick<Split<'none'>, 'train'>>, context) => {
      const { kind = 'classifier' } = model;
      const scoring = asked ?? [defaultScorer(kind)];
      checkTarget(`score of a ${kind}`, test, targetByKind[kind]);
      if (train) await warnOfOverlap(train, test, context);
      // Two classes have a curve to look at, and pictures their mistakes, whatever is scored.
      const two = (model as Partial<Classifier>).classes?.length === 2;
      const evaluation = await model.evaluate(test, kind === 'classifier' && (test.picture || two) ? 'decisions' : needOf(scoring), context);
      const scores = Object.fromEntries(scoring.map((name) => [name, scoreOf(name, evaluation)])) as Partial<Record<Scoring, number>>;
      const said = isOfClasses(evaluation) ? await classesRecord(evaluation, test, scores, context) : { ...recordedScores(scores), ...sizeOf(evaluation) };
      warnOfScores(scoring, `${on} of ${test.name}`, evaluation, context);
      const testAccuracy = isOfClasses(evaluation) ? accuracy(evaluation.confusion) : NaN;
      return { adds: { score: { testAccuracy, score: scores[scoring[0]!]!, scores, evaluation } }, output: said };
    },
  }));
}

function recordedScores(scores: Scored['scores']): JsonRecord {
  return Object.fromEntries((Object.entries(scores) as [Scoring, number][]).map(([name, value]) => [name, recorded(value)]));
}

function sizeOf(evaluation: Exclude<AnyEvaluation, Evaluation>): JsonRecord {
  return evaluation.of === 'clusters' ? { sizes: evaluation.sizes } : {};
}

/** Of a classifier: shown too, its curve and its mistakes. */
async function classesRecord(evaluation: Evaluation, test: Rows, scores: Scored['scores'], context: StageContext): Promise<JsonRecord> {
  sendCurve(evaluation, context);
  if (hasClasses(test)) await sendMistakes(evaluation, test, context);
  warnOfUnseen(`test of ${test.name}`, evaluation, context);
  const { accuracy: _, ...others } = scores;
  return {
    testAccuracy: accuracy(evaluation.confusion),
    majorityBaseline: majorityBaseline(evaluation.confusion),
    ...recordedScores(others),
    classes: labelsOf(evaluation).map((label) => nameOf(label, evaluation.classNames)),
    confusion: evaluation.confusion,
  };
}

/** Test rows among the train rows, whichever stage put them there. */
async function warnOfOverlap(train: Rows, test: Rows, { emit, stage, madeBy }: StageContext): Promise<void> {
  const overlap = await newOverlap(train, test);
  if (!overlap) return;
  const stages = [...new Set([madeBy?.('train'), madeBy?.('test')].filter((path) => path !== undefined))].map((path) => `'${path}'`);
  const hint = `Keep test rows out of train${stages.length > 0 ? `: look at ${stages.join(' and ')}` : ''}.`;
  emit({ type: 'warning', stage, code: 'W_OVERLAP', message: overlap.message, hint });
}
