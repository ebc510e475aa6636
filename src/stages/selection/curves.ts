// Scores of the rows that models were trained on, beside those of the rows held out: what curves of several settings are made of.
import type { Dataset, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Json, JsonRecord } from '../../core/events.ts';
import type { AnyEvaluation, Predictor } from '../../dsl/estimator.ts';
import { z } from '../../dsl/params.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { needOf, scoreOf, scoringNames, type Scoring } from '../../metrics/scorers.ts';
import type { FoldBatch } from '../../validation/folding.ts';
import { foldScoresOf, recorded, warnOfFolds } from '../../validation/foldScores.ts';
import { fromCacheRecord, type TrainedOrKept } from '../../validation/trainKept.ts';

/** Of several settings, in their order. */
export interface CurveScores {
  /** Of the rows that each model was trained on, `[settings][folds]`. */
  readonly trainScores: readonly (readonly number[])[];
  /** Of the rows held out, `[settings][folds]`. */
  readonly testScores: readonly (readonly number[])[];
}

export interface CurveScoring<S extends Scoring> {
  /** What is scored, as for `crossValidate`; by default accuracy of classes and several labels, r2 of values. */
  readonly scoring?: S | undefined;
}

export const curveScoring = z.enum(scoringNames).optional().describe('what is scored');

/** What was trained of a setting, fold by fold. */
export interface Setting {
  readonly value: Json;
  readonly batches: readonly FoldBatch[];
  readonly folds: readonly TrainedOrKept<Predictor>[];
}

/** @param param what the settings differ by, as the record names it */
export async function curveOf<T extends TargetKind>(
  param: string,
  scoring: Scoring,
  train: Dataset<'train', Features, T>,
  settings: readonly Setting[],
  context: StageContext,
): Promise<{ readonly scores: CurveScores; readonly output: JsonRecord }> {
  const held = settings.map(({ folds }) => folds.map(({ heldOut }) => heldOut! as AnyEvaluation));
  const tested = held.map((evaluations) => foldScoresOf([scoring], evaluations));
  warnOfFolds(
    tested.map((scored, i) => ({ scored, evaluations: held[i]! })),
    context,
  );
  const trainScores: number[][] = [];
  for (const { batches, folds } of settings) {
    const own: number[] = [];
    for (const rows of batches.flatMap((batch) => trainedOn(train.rows, batch))) {
      throwIfCancelled(context.signal);
      own.push(scoreOf(scoring, await folds[own.length]!.model.evaluate({ ...train, rows }, needOf([scoring]), context)));
    }
    trainScores.push(own);
  }
  const testScores = tested.map(({ foldScores }) => foldScores);
  const points = settings.map(({ value }, i) => ({
    value,
    trainScores: trainScores[i]!.map(recorded),
    testScores: testScores[i]!.map(recorded),
    meanTrainScore: recorded(meanOf(trainScores[i]!)),
    meanTestScore: recorded(tested[i]!.meanScore),
  }));
  const cached = fromCacheRecord(
    'modelsFromCache',
    settings.flatMap(({ folds }) => folds),
  );
  return { scores: { trainScores, testScores }, output: { scoring, param, ...cached, points } };
}

/** Ids of the rows that each fold of a batch is trained on. */
function trainedOn(rows: Uint32Array, batch: FoldBatch): readonly Uint32Array[] {
  const ids = batch.rows ? batch.rows.map((position) => rows[position]!) : rows;
  return Array.from({ length: batch.held }, (_, fold) => ids.filter((_id, i) => batch.fold[i] !== fold));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
