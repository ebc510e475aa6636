// The best model of a search that is an estimator: it says what was found, and all else as it is.
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { Predictor } from '../../dsl/estimator.ts';
import { recordedParams } from '../../dsl/params.ts';
import { recorded } from '../../validation/foldScores.ts';

export interface Fields {
  readonly model: Predictor;
  readonly bestParams: object;
  /** NaN where a fold does not define it. */
  readonly bestScore: number;
}

export function searchedModel(fields: Fields): Predictor & Encodable {
  const { model, bestParams, bestScore } = fields;
  const summary = { ...model.summary, bestParams: recordedParams(bestParams), bestScore: recorded(bestScore) };
  return { ...model, summary, [encodeAs]: { type: TYPE, fields } };
}

const TYPE = registerType('searchedModel', searchedModel);
