// Scores the fitted model on rows it was not fitted on.
import { checkTarget } from '../core/data/checkDataset.ts';
import { nameOf } from '../core/data/classNames.ts';
import { hasClasses, type Rows, type ScoredRole } from '../core/data/dataset.ts';
import { newOverlap } from '../core/leaks/overlap.ts';
import type { JsonRecord } from '../core/events.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import type { StageContext } from '../dsl/stage/context.ts';
import type { AnyEvaluation, Classifier, Evaluation, Predictor } from '../dsl/estimator.ts';
import { checkFittedColumns, modelFact } from '../dsl/graph/facts.ts';
import { targetByKind } from '../dsl/kind.ts';
import { z, type ShapeOf } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Fitted, SplitInThree } from '../dsl/stage/state.ts';
import { accuracy, majorityBaseline } from '../metrics/confusion.ts';
import { isOfClasses, labelsOf, MOST_CONFUSED } from '../metrics/evaluation.ts';
import { checkScoring, defaultScorer, needOf, scoreOf, type ModelScoredBy, type Scoring } from '../metrics/scorers.ts';
import { sendCurves } from './shared/evidence.ts';
import { sendMistakes, sendResiduals } from './shared/mistakes.ts';
import { sendResidualsSpread } from './shared/residuals.ts';
import { sendSilhouettes } from './shared/silhouettes.ts';
import { recorded, warnOfScores, warnOfUnseen } from '../validation/foldScores.ts';
import { scoringParam, type ScoringOptions } from '../validation/heldOut.ts';

export interface ScoreOptions<R extends ScoredRole = ScoredRole, S extends Scoring = Scoring> extends ScoringOptions<S> {
  /** Rows to score on: 'test', or 'validation' if the split makes that part, to choose between models. */
  readonly on: R;
}

/** Decisions of more than two classes that are asked for only to look at them. */
const MOST_DECISIONS = 1 << 24;

const params = z.strictObject({
  on: z
    .enum(['test', 'validation'], { error: "scores are taken on 'test' or 'validation': on training rows they would look better than they are" })
    .describe('rows to score on'),
  scoring: scoringParam,
} satisfies ShapeOf<ScoreOptions>);

/** @typeParam R which rows were scored: `testAccuracy` for test rows, `validationAccuracy` for validation rows */
export type Scored<R extends ScoredRole = 'test'> = {
  /** NaN for models that predict no classes. */
  readonly [K in `${R}Accuracy`]: number;
} & {
  readonly on: R;
  /** The score by the first scorer. */
  readonly score: number;
  readonly scores: Readonly<Partial<Record<Scoring, number>>>;
  readonly evaluation: AnyEvaluation;
};

export type Needs<R extends ScoredRole, M extends Predictor = Predictor> = Pick<SplitInThree<'none'>, R> & Fitted<M>;
export type Adds<R extends ScoredRole> = { readonly score: Scored<R> };

/**
 * Scores and confusion counts on rows that the model was not fitted on, next to the accuracy of always answering with the majority
 * class. Adds `score`.
 *
 * @throws E_PARAMS for a scorer for another kind of model; E_SHAPE for columns that the model was not fitted on
 * @example
 * score({ on: 'validation', scoring: ['accuracy', 'balancedAccuracy'] });
 */
export function score<R extends ScoredRole, const S extends Scoring = Scoring>(options: ScoreOptions<R, S>): Stage<Needs<R, ModelScoredBy<S>>, Adds<R>> {
  return configurable('score', params, options, ({ on, scoring: asked }): StageSpec<Needs<R, ModelScoredBy<S>>, Adds<R>> => ({
    id: 'score',
    needs: [on, 'model'] as never,
    looksAt: ['train'],
    provides: ['score'],
    code: [],
    kernels: true,
    params: { on, ...(asked ? { scoring: asked } : {}) },
    infer: (facts) => {
      checkFittedColumns(facts, on);
      const model = modelFact(facts, 'model');
      if (model) checkScoring(asked, model.kind);
      return {};
    },
    run: async (state: Partial<SplitInThree<'none'>> & Fitted<Predictor>, context) => {
      const { model, train } = state;
      const rows: Rows = state[on]!;
      const { kind = 'classifier' } = model;
      const scoring = asked ?? [defaultScorer(kind)];
      checkTarget(`score of a ${kind}`, rows, targetByKind[kind]);
      if (train) await warnOfOverlap(train, rows, context);
      // Whatever is scored, two classes have a curve to look at, and rows that were taken for others tell how sure the model was.
      const { classes = [] } = model as Partial<Classifier>;
      const looks = classes.length === 2 || (classes.length <= MOST_CONFUSED && classes.length * rows.rows.length <= MOST_DECISIONS);
      const evaluation = await model.evaluate(rows, (kind === 'classifier' && looks) || kind === 'clusterer' ? 'decisions' : needOf(scoring), context);
      if (evaluation.of === 'clusters') sendSilhouettes(evaluation, rows, context);
      if (evaluation.of === 'values') await sendResiduals(evaluation, rows, context);
      if (evaluation.of === 'values') sendResidualsSpread(evaluation, context);
      const scores = Object.fromEntries(scoring.map((name) => [name, scoreOf(name, evaluation)])) as Partial<Record<Scoring, number>>;
      const said = isOfClasses(evaluation) ? await classesRecord(evaluation, rows, scores, context) : { ...recordedScores(scores), ...sizeOf(evaluation) };
      warnOfScores(scoring, `${on} of ${rows.name}`, evaluation, context);
      const right = isOfClasses(evaluation) ? accuracy(evaluation.counts) : NaN;
      const scored = { [`${on}Accuracy`]: right, on, score: scores[scoring[0]!]!, scores, evaluation } as unknown as Scored<R>;
      return { adds: { score: scored }, output: said };
    },
  }));
}

function recordedScores(scores: Scored['scores']): JsonRecord {
  return Object.fromEntries((Object.entries(scores) as [Scoring, number][]).map(([name, value]) => [name, recorded(value)]));
}

function sizeOf(evaluation: Exclude<AnyEvaluation, Evaluation>): JsonRecord {
  if (evaluation.of === 'outliers') return { outliers: evaluation.decisions.filter((decision) => decision <= 0).length };
  return evaluation.of === 'clusters' ? { sizes: evaluation.sizes } : {};
}

/** Also shown for a classifier: its curve and its mistakes. */
async function classesRecord(evaluation: Evaluation, rows: Rows, scores: Scored['scores'], context: StageContext): Promise<JsonRecord> {
  sendCurves(evaluation, context);
  if (hasClasses(rows)) await sendMistakes(evaluation, rows, context);
  warnOfUnseen(`${rows.role} of ${rows.name}`, evaluation, context);
  const { accuracy: _, ...others } = scores;
  return {
    [`${rows.role}Accuracy`]: accuracy(evaluation.counts),
    majorityBaseline: majorityBaseline(evaluation.counts),
    ...recordedScores(others),
    ...(evaluation.confusion
      ? { classes: labelsOf(evaluation).map((label) => nameOf(label, evaluation.classNames)), confusion: evaluation.confusion }
      : { classes: labelsOf(evaluation).length }),
  };
}

/** Rows to score on among the train rows, whichever stage put them there. */
async function warnOfOverlap(train: Rows, rows: Rows, { emit, stage, madeBy }: StageContext): Promise<void> {
  const overlap = await newOverlap(train, rows);
  if (!overlap) return;
  const stages = [...new Set([madeBy?.('train'), madeBy?.(rows.role)].filter((path) => path !== undefined))].map((path) => `'${path}'`);
  const hint = `Keep ${rows.role} rows out of train${stages.length > 0 ? `: look at ${stages.join(' and ')}` : ''}.`;
  emit({ type: 'warning', stage, code: 'W_OVERLAP', message: overlap.message, hint });
}
